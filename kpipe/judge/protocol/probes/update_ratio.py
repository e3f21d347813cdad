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
#: The share of penalties in the loss from which they can be the reason of a large update.
_PENALTY = 0.1


class UpdateRatio(Probe):
    """Measure norm(update) / norm(weights) over all kernels, of one step at the highest learning rate of the schedule.

    CS231n, 2017, lecture 6: "want this to be somewhere around 0.001 or so".
    """

    name = "update_ratio"
    title = "update/weights"
    of_updates = True

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
        summary = f"{opening.ratio:.1e}{rate}, usually 1e-3 to 1e-2"
        # Kernels of zero let no gradient through until the first update.
        kernels = sum(len(entry.shape) > 1 for entry in bench.model.trainable_variables)
        begins_with_zeros = len(opening.ratios) < kernels
        # Where no signal reaches a layer, updates are small at any learning rate.
        is_explained = begins_with_zeros or bool(bench.found & {VerdictCode.SIGNAL, VerdictCode.GRADIENTS})
        if SMALLEST <= opening.ratio <= LARGEST or (opening.ratio < SMALLEST and is_explained):
            return Outcome(summary=summary, measured=measured, threshold=threshold)
        is_large = not opening.ratio < SMALLEST
        code = VerdictCode.LARGE_UPDATE if is_large else VerdictCode.SMALL_UPDATE
        limit = f"above {LARGEST:g}" if is_large else f"below {SMALLEST:g}"
        limit = limit if math.isfinite(opening.ratio) else "expected a finite number"
        message = f"one step{rate} changes the weights by {opening.ratio:.2g} of their size, {limit}"
        path, remedy = self._remedy(bench, opening.ratio)
        return Outcome(
            summary=summary,
            measured=measured,
            threshold=threshold,
            verdicts=[bench.places.verdict(code, path, message, remedy, measured, threshold)],
        )

    def _remedy(self, bench: Bench, ratio: float) -> tuple[str, str]:
        """Return the path that the verdict is about, and what to change."""
        loss, path = bench.opening.loss, bench.places.learning_rate
        if not math.isfinite(ratio):
            return path, "check the inputs, the loss and the initial weights"
        if not ratio:
            return path, "check that weights are trained, and that the learning rate is above 0"
        if ratio > LARGEST and loss.penalty > _PENALTY * abs(loss.total):
            return bench.places.less_regularization()
        if bench.usual_rate is None:
            return path, "write another learning rate"
        return path, bench.places.set_learning_rate(bench.usual_rate)
