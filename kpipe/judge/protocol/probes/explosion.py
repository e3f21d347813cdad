"""The first steps of the training."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

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
        ordered = [
            bench.prepared.dataset.sample_name(int(index)) for index in batch.samples[most_extreme(batch.values)]
        ]
        names = ordered[:_LISTED]
        more = len(ordered) - len(names)
        samples = ", ".join(names) + (f" and {more} more" if more else "")
        what = f"{loss.total:.4g}" if math.isfinite(loss.total) else str(loss.total)
        measured = {
            "step": step,
            "first": first.total,
            "loss": loss.total if math.isfinite(loss.total) else str(loss.total),
            "samples": ordered,
        }
        threshold = {"factor": FACTOR}
        message = (
            f"the loss of step {step} is {what}, expected at most {FACTOR:g} times the first, "
            f"{first.total:.4g}; its batch, the largest values first: {samples}"
        )
        remedy = self._remedy(bench) + ", add a warm-up, or look for bad samples in this batch"
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

    def _remedy(self, bench: Bench) -> str:
        if bench.rates is None:
            return bench.places.scale_learning_rate(0.1)
        tenth = bench.rates.peak / 10
        return bench.places.set_learning_rate(tenth if bench.usual_rate is None else min(tenth, bench.usual_rate))


def most_extreme(batch: Any) -> npt.NDArray[np.int64]:
    """Return the positions of the samples of a batch, those first whose inputs and labels have the largest values.

    Args:
        batch: (x, y) or (x, y, sample weights), as Keras receives it.

    Example:
        >>> most_extreme((np.array([[1.0], [9.0], [-50.0]]), np.zeros(3))).tolist()
        [2, 1, 0]
    """
    scores: Any = 0.0
    for part in keras.tree.flatten(batch[:2]):
        values = np.asarray(part)
        if values.dtype.kind not in "iuf":
            continue
        sizes = np.abs(values.reshape(len(values), -1).astype(np.float64)).max(axis=1)
        scores = np.maximum(scores, np.nan_to_num(sizes / (np.median(sizes) or 1.0), nan=np.inf, posinf=np.inf))
    return np.argsort(-np.broadcast_to(scores, len(keras.tree.flatten(batch[0])[0])), kind="stable")
