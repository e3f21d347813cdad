"""The first steps of the training."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.train_step import StepLoss
from kpipe.judge.protocol.training_batches import TrainingBatch

#: The number of steps.
STEPS = 100
#: The multiple of the first loss above which a training has exploded unless it recovers, and that without exception.
FACTOR, SPIKE = 3.0, 30.0
#: A training has recovered if the mean loss of so many last steps is below this share of the first.
_LAST, _RECOVERED = 10, 0.8
#: The most samples that are listed.
_LISTED = 5


class Explosion(Probe):
    """Train the first 100 steps as the run does, and report a loss above three times the first, or one not finite.

    A high learning rate can raise the loss of single steps and train well: up to 30 times the first is not reported if
    the last ten steps are below 0.8 times the first.

    CS231n, 2017, lecture 6: "if the cost is ever > 3 * original cost, break out early".
    """

    name = "explosion"
    title = "first 100 steps"

    def price(self, bench: Bench) -> Price:
        """Return the time of the steps."""
        return bench.price(self._steps(bench))

    def run(self, bench: Bench) -> Outcome:
        """Train until the loss explodes."""
        first, losses, spike = None, [], None
        for batch, loss in bench.train(bench.first_batches(self._steps(bench))):
            first = first or loss
            losses.append(loss.total)
            if not math.isfinite(loss.total) or loss.total > SPIKE * abs(first.total) > 0:
                return self._exploded(bench, batch, first, loss, len(losses))
            if spike is None and loss.total > FACTOR * abs(first.total) > 0:
                spike = batch, first, loss, len(losses)
        if spike is not None and sum(losses[-_LAST:]) / len(losses[-_LAST:]) > _RECOVERED * losses[0]:
            return self._exploded(bench, *spike)
        measured = {"steps": len(losses), "first": losses[0], "highest": max(losses), "last": losses[-1]}
        summary = f"loss {losses[0]:.4g} to {losses[-1]:.4g}"
        if losses[0] > 0:
            summary += f", at most {max(losses) / abs(losses[0]):.2f} times the first"
        return Outcome(summary=summary, measured=measured, threshold={"factor": FACTOR})

    def _steps(self, bench: Bench) -> int:
        return min(STEPS, bench.updates * bench.accumulation)

    def _exploded(self, bench: Bench, batch: TrainingBatch, first: StepLoss, loss: StepLoss, step: int) -> Outcome:
        names = [bench.prepared.dataset.sample_name(int(index)) for index in batch.samples[:_LISTED]]
        more = len(batch.samples) - len(names)
        samples = ", ".join(names) + (f" and {more} more" if more else "")
        what = f"{loss.total:.4g}" if math.isfinite(loss.total) else str(loss.total)
        measured = {
            "step": step,
            "first": first.total,
            "loss": loss.total if math.isfinite(loss.total) else str(loss.total),
            "samples": [bench.prepared.dataset.sample_name(int(index)) for index in batch.samples],
        }
        threshold = {"factor": FACTOR}
        message = (
            f"the loss of step {step} is {what}, expected at most {FACTOR:g} times the first, "
            f"{first.total:.4g}; its batch: {samples}"
        )
        remedy = bench.places.scale_learning_rate(0.1) + ", add a warm-up, or look for bad samples in this batch"
        return Outcome(
            summary=f"loss {first.total:.4g}, {what} at step {step}",
            measured=measured,
            threshold=threshold,
            verdicts=[
                bench.places.verdict(
                    VerdictCode.EXPLODED, bench.places.learning_rate, message, remedy, measured, threshold
                )
            ],
        )
