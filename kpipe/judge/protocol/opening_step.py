"""The first update of the weights at the highest learning rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from kpipe.judge.protocol.train_step import StepLoss
from kpipe.judge.protocol.training_batches import TrainingBatch

#: The least samples from which the first loss is computed.
_SAMPLES = 32


@dataclass(frozen=True)
class OpeningStep:
    """The first update of the weights at the highest learning rate.

    Args:
        loss: the loss before the update, over at least 32 samples if the training has as many.
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
    """Measure the first update; the caller restores the model.

    Args:
        model: the model.
        step: updates the weights on a batch with a learning rate.
        batches: the batches of the training.
        rate: the highest learning rate; None if the optimizer does not have a single one.
        accumulation: the number of steps of one update, default 1.
    """
    kernels = [entry for entry in model.trainable_variables if len(entry.shape) > 1]
    before = [np.asarray(entry) for entry in kernels]
    first = next(batches)
    if accumulation == 1 and rate is not None:
        # With a learning rate of 0, the steps before the last one change no weights.
        more = itertools.islice(batches, -(-_SAMPLES // len(first.samples)) - 1)
        losses = [*(step(batch, 0.0) for batch in more), step(first, rate)]
    else:
        losses = [step(batch, rate) for batch in (first, *itertools.islice(batches, accumulation - 1))]
    norms = {
        entry.path: (_norm(np.asarray(entry) - old), _norm(old))
        for entry, old in zip(kernels, before, strict=True)
        if old.any()
    }
    total = _norm(np.array([weight for _, weight in norms.values()]))
    return OpeningStep(
        loss=StepLoss(
            float(np.mean([entry.data for entry in losses])), float(np.mean([entry.penalty for entry in losses]))
        ),
        ratios={path: update / weight for path, (update, weight) in norms.items()},
        ratio=_norm(np.array([update for update, _ in norms.values()])) / total if norms else None,
        samples=len(losses) * len(first.samples),
    )


def _norm(values: npt.NDArray[np.floating]) -> float:
    return float(np.linalg.norm(values.astype(np.float64).reshape(-1)))
