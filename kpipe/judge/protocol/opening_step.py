"""The first update of the weights at the highest learning rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.train_step import StepLoss
from kpipe.judge.protocol.training_batches import TrainingBatch

#: The least samples from which the first loss is computed.
_SAMPLES = 32
#: The most attempts at an update with a scaled loss: each one that is not finite halves its scale, 2^15 at first.
_ATTEMPTS = 16


@dataclass(frozen=True)
class OpeningStep:
    """The first update of the weights at the highest learning rate.

    Args:
        loss: the mean loss of the initial weights, over at least 32 samples if the training has as many.
        ratios: norm(update) / norm(weights) of each kernel that is not zero, by its path.
        ratio: the same of all kernels together; None without kernels.
        samples: the number of samples of the loss.
    """

    loss: StepLoss
    ratios: Mapping[str, float]
    ratio: float | None
    samples: int


def opening_step(
    model: keras.Model,
    step: Callable[[TrainingBatch, float | None], StepLoss],
    batches: Iterator[TrainingBatch],
    rate: float | None,
    accumulation: int = 1,
) -> OpeningStep:
    """Measure the first update, and restore the model.

    Args:
        model: the model, whose optimizer is built.
        step: updates the weights on a batch with a learning rate.
        batches: the batches of the training.
        rate: the highest learning rate; None if the optimizer does not have a single one.
        accumulation: the number of steps of one update, default 1.
    """
    kernels = [entry for entry in model.trainable_variables if len(entry.shape) > 1]
    before = [np.asarray(entry) for entry in kernels]
    first = list(itertools.islice(batches, accumulation))
    size = len(first[0].samples)
    with saved_variables(model):
        for _ in range(_ATTEMPTS if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer) else 1):
            losses = [step(batch, rate) for batch in first]
            after = [np.asarray(entry) for entry in kernels]
            if any((new != old).any() for new, old in zip(after, before, strict=True)):
                break
    for batch in itertools.islice(batches, max(0, -(-_SAMPLES // size) - accumulation)):
        with saved_variables(model):
            losses.append(step(batch, rate))
    norms = {
        entry.path: (_norm(new - old), _norm(old))
        for entry, old, new in zip(kernels, before, after, strict=True)
        if old.any()
    }
    total = _norm(np.array([weight for _, weight in norms.values()]))
    return OpeningStep(
        loss=StepLoss(
            float(np.mean([entry.data for entry in losses])), float(np.mean([entry.penalty for entry in losses]))
        ),
        ratios={path: update / weight for path, (update, weight) in norms.items()},
        ratio=_norm(np.array([update for update, _ in norms.values()])) / total if norms else None,
        samples=len(losses) * size,
    )


def _norm(values: npt.NDArray[np.floating]) -> float:
    return float(np.linalg.norm(values.astype(np.float64).reshape(-1)))
