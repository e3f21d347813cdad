"""The first steps of the training."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.outcome import Outcome
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.training_batches import TrainingBatch

#: The number of steps.
STEPS = 100
#: The multiple of the first loss above which a training has exploded unless it recovers, and that without exception.
FACTOR, SPIKE = 3.0, 30.0
#: A training has recovered if the mean loss of so many last steps is below this share of the first.
_LAST, _RECOVERED = 10, 0.8
#: The least number of samples whose mean loss is judged.
_SAMPLES = 32
#: The most samples that are listed.
_LISTED = 5


@dataclass(frozen=True)
class _Step:
    batch: TrainingBatch
    loss: float
    number: int


@dataclass(frozen=True)
class _Explosion:
    """The step with the highest loss, the loss at the start, and the mean over `width` steps that is too high."""

    step: _Step
    first: float
    loss: float
    width: int = 1


class Explosion(Probe):
    """Train the first 100 steps as the run does, and report a loss above three times the first, or one not finite.

    A high learning rate can raise the loss of single steps and train well: up to 30 times the first is not reported if
    the last ten steps are below 0.8 times the first. Batches of less than 32 samples have losses that differ by chance:
    the mean over as many steps as contain 32 samples is compared, with twice the median of so many first steps if that
    is larger than the first; three times the loss of a guess are not reported either.

    CS231n, 2017, lecture 6: "if the cost is ever > 3 * original cost, break out early".
    """

    name = "explosion"
    title = "first 100 steps"
    of_updates = True

    def price(self, bench: Bench) -> Price:
        """Return the time of the steps."""
        return bench.price(self._steps(bench))

    def run(self, bench: Bench) -> Outcome:
        """Train until the loss explodes."""
        width = -(-_SAMPLES // bench.batch_size)
        losses: list[float] = []
        recent: deque[_Step] = deque(maxlen=width)
        spike = None
        for batch, loss in bench.train(bench.first_batches(self._steps(bench))):
            losses.append(loss.total)
            recent.append(_Step(batch, loss.total, len(losses)))
            first = _start(bench, losses[:width])
            if not math.isfinite(loss.total):
                return self._exploded(bench, _Explosion(recent[-1], first, loss.total))
            mean = _mean(losses[-width:])
            if len(losses) < width or mean <= FACTOR * first or first == 0:
                continue
            found = _Explosion(max(recent, key=lambda step: step.loss), first, mean, width)
            if mean > SPIKE * first:
                return self._exploded(bench, found)
            if width == 1 or bench.guess is None or mean > FACTOR * bench.guess.trivial:
                spike = spike or found
        first = _start(bench, losses[:width])
        if spike is not None and _mean(losses[-max(width, _LAST) :]) > _RECOVERED * first:
            return self._exploded(bench, spike)
        return _passed(losses, first)

    def _steps(self, bench: Bench) -> int:
        return min(STEPS, bench.updates * bench.accumulation)

    def _exploded(self, bench: Bench, found: _Explosion) -> Outcome:
        batch, loss = found.step.batch, found.loss
        ordered = [
            bench.prepared.dataset.sample_name(int(index)) for index in batch.samples[most_extreme(batch.values)]
        ]
        more = len(ordered) - _LISTED
        samples = ", ".join(ordered[:_LISTED]) + (f" and {more} more" if more > 0 else "")
        what = f"{loss:.4g}" if math.isfinite(loss) else str(loss)
        measured = {
            "step": found.step.number,
            "first": found.first,
            "loss": loss if math.isfinite(loss) else str(loss),
            "samples": ordered,
        }
        threshold = {"factor": FACTOR}
        number, width = found.step.number, found.width
        several = f"mean loss of {width} steps, the highest in step {number},"
        loss_of = f"loss of step {number}" if width == 1 else several
        message = (
            f"the {loss_of} is {what}, expected at most {FACTOR:g} times the first, {found.first:.4g}; its batch, the "
            f"largest values first: {samples}"
        )
        remedy = self._remedy(bench) + ", add a warm-up, or look for bad samples in this batch"
        path = bench.places.learning_rate
        return Outcome(
            summary=f"loss {found.first:.4g}, {what} at step {found.step.number}",
            measured=measured,
            threshold=threshold,
            verdicts=[bench.places.verdict(VerdictCode.EXPLODED, path, message, remedy, measured, threshold)],
        )

    def _remedy(self, bench: Bench) -> str:
        if bench.rates is None:
            return bench.places.scale_learning_rate(0.1)
        tenth = bench.rates.peak / 10
        return bench.places.set_learning_rate(tenth if bench.usual_rate is None else min(tenth, bench.usual_rate))


def _mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses)


def _start(bench: Bench, losses: Sequence[float]) -> float:
    """Return the loss at the start, from those of the first steps; the first one alone if a batch is large enough."""
    if bench.batch_size >= _SAMPLES:
        return abs(losses[0])
    # The square of a normal number has a mean of 2.2 times its median.
    return max(abs(losses[0]), 2 * statistics.median(losses))


def _passed(losses: Sequence[float], first: float) -> Outcome:
    measured = {"steps": len(losses), "first": losses[0], "highest": max(losses), "last": losses[-1]}
    summary = f"loss {losses[0]:.4g} to {losses[-1]:.4g}"
    if losses[0] > 0:
        summary += f", at most {max(losses) / first:.2f} times the first"
    return Outcome(summary=summary, measured=measured, threshold={"factor": FACTOR})


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
