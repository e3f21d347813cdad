"""The learning-rate range test."""

from __future__ import annotations

import itertools
import math
from typing import Any

from kpipe_callbacks.learning_rate_curve import LEAST_FALL, LearningRateCurve
from kpipe_callbacks.range_losses import RangeLosses

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe

#: The steps of the test, and those of the second one if the loss hardly fell in the first.
STEPS = (100, 300)
#: The learning rates between which it rises.
LOWEST, HIGHEST = 1e-6, 10.0
#: The factors between the suggestion and the learning rate of the spec outside of which it is an error.
TOO_LOW, TOO_HIGH = 1e-3, 200.0
#: The sizes of the first update, relative to the weights, that have to confirm it: on easy data the loss can be lowest
#: at a learning rate with which no training is stable.
SMALL, LARGE = 1e-4, 0.03


class LearningRateRange(Probe):
    """Train with a rising learning rate, and compare the suggestion with the highest learning rate of the spec.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3, with the suggestion of
    `kpipe_callbacks.LearningRateCurve`. The picture is `learning_rate.png`.
    """

    name = "learning_rate"
    title = "learning-rate range test"
    of_updates = True

    def price(self, bench: Bench) -> Price:
        """Return the time of the first test."""
        return bench.price(STEPS[0] * bench.accumulation)

    def run(self, bench: Bench) -> Outcome:
        """Run one or two tests."""
        if bench.rates is None:
            return Outcome(summary="the optimizer has no single learning rate", is_applicable=False)
        curve = self._tested(bench, STEPS[0])
        if curve is not None and curve.fall < LEAST_FALL:
            if not bench.affords(bench.price(STEPS[1] * bench.accumulation)):
                return self._undecided(curve, f"a test with {STEPS[1]} steps does not fit into the budget")
            curve = self._tested(bench, STEPS[1])
        if curve is None:
            return Outcome(summary="the first loss is not finite", undecided=True)
        bench.curve = curve
        if curve.suggestion is None or curve.interval is None:
            return self._undecided(curve, "the curve shows no learning rate")
        return self._compared(bench, curve, curve.suggestion, curve.interval)

    def _tested(self, bench: Bench, steps: int) -> LearningRateCurve | None:
        losses = RangeLosses(steps, LOWEST, HIGHEST, bench.accumulation)
        with bench.restored():
            for batch in itertools.islice(iter(bench.batches), steps * bench.accumulation):
                if losses.add(bench.step(batch, losses.rate).total):
                    break
        return losses.curve() if losses.losses else None

    def _undecided(self, curve: LearningRateCurve, reason: str) -> Outcome:
        summary = f"the loss fell by {curve.fall:.1%}, expected {LEAST_FALL:.0%}; {reason}"
        return Outcome(summary=summary, measured=_measured(curve), undecided=True)

    def _compared(
        self, bench: Bench, curve: LearningRateCurve, suggestion: float, interval: tuple[float, float]
    ) -> Outcome:
        peak = bench.rates.peak if bench.rates is not None else math.nan
        measured = {**_measured(curve), "learning_rate": peak}
        threshold = {"lowest": suggestion * TOO_LOW, "highest": suggestion * TOO_HIGH, "small": SMALL, "large": LARGE}
        summary = f"suggests {suggestion:.1e}, try {interval[0]:.1e} to {interval[1]:.1e}; the spec has {peak:g}"
        # A suggestion is rounded: 1 / 1000 is not below 0.001.
        ratio = bench.opening.ratio
        is_low = peak < threshold["lowest"] * (1 - 1e-9) and (ratio is None or ratio < SMALL)
        is_high = peak > threshold["highest"] * (1 + 1e-9) and (ratio is None or not ratio < LARGE)
        if not is_low and not is_high:
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        code = VerdictCode.HIGH_LEARNING_RATE if is_high else VerdictCode.LOW_LEARNING_RATE
        factor = peak / suggestion if is_high else suggestion / peak
        message = (
            f"the learning rate {peak:g} is {factor:.0f} times {'above' if is_high else 'below'} the suggestion of the "
            f"range test, {suggestion:.1e}"
        )
        remedy = bench.places.set_learning_rate(suggestion if bench.usual_rate is None else bench.usual_rate)
        verdict = bench.places.verdict(code, bench.places.learning_rate, message, remedy, measured, threshold)
        return Outcome(summary=summary, measured=measured, threshold=threshold, verdicts=[verdict])


def _measured(curve: LearningRateCurve) -> dict[str, Any]:
    return {
        "suggestion": curve.suggestion,
        "interval": None if curve.interval is None else list(curve.interval),
        "fall": curve.fall,
        "steps": len(curve.losses),
        "learning_rates": [float(rate) for rate in curve.rates],
        "losses": [float(loss) for loss in curve.losses],
    }
