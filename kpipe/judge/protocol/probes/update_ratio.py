"""The size of the first update relative to the weights."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe

#: The sizes of the first update, relative to the weights, outside of which it is reported.
LARGEST, SMALLEST = 0.5, 1e-5
#: The size that is usual.
_USUAL = 1e-3


class UpdateRatio(Probe):
    """Measure norm(update) / norm(weights) over all kernels, of one step at the highest learning rate of the schedule.

    CS231n, 2017, lecture 6: "want this to be somewhere around 0.001 or so".
    """

    name = "update_ratio"
    title = "update/weights"

    def price(self, bench: Bench) -> Price:
        """Return nothing: the first step has been measured."""
        return Price(0)

    def run(self, bench: Bench) -> Outcome:
        """Measure the first update."""
        opening = bench.opening
        if opening.ratio is None:
            return Outcome(summary="no trainable kernels with initial values", is_applicable=False)
        layer, largest = max(opening.ratios.items(), key=lambda entry: entry[1])
        measured = {
            "ratio": opening.ratio,
            "largest": largest,
            "largest_kernel": layer,
            "kernels": dict(opening.ratios),
        }
        threshold = {"lowest": SMALLEST, "highest": LARGEST}
        rate = "" if bench.rates is None else f" at a learning rate of {bench.rates.peak:g}"
        summary = f"{opening.ratio:.1e}{rate}, expected about 1e-3"
        # Kernels of zero let no gradient through until the first update.
        kernels = sum(len(entry.shape) > 1 for entry in bench.model.trainable_variables)
        begins_with_zeros = len(opening.ratios) < kernels
        if SMALLEST <= opening.ratio <= LARGEST or (opening.ratio < SMALLEST and begins_with_zeros):
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        is_large = not opening.ratio < SMALLEST
        code = VerdictCode.LARGE_UPDATE if is_large else VerdictCode.SMALL_UPDATE
        limit = f"above {LARGEST:g}" if is_large else f"below {SMALLEST:g}"
        limit = limit if math.isfinite(opening.ratio) else "expected a finite number"
        message = f"one step{rate} changes the weights by {opening.ratio:.2g} of their size, {limit}"
        remedy = self._remedy(bench, opening.ratio)
        return Outcome(
            summary=summary,
            measured=measured,
            threshold=threshold,
            verdicts=[bench.places.verdict(code, bench.places.learning_rate, message, remedy, measured, threshold)],
        )

    def _remedy(self, bench: Bench, ratio: float) -> str:
        if not math.isfinite(ratio):
            return "check the inputs, the loss and the initial weights"
        if not ratio:
            return "check that weights are trained, and that the learning rate is above 0"
        return bench.places.scale_learning_rate(_USUAL / ratio)
