"""The sizes of the steps of an epoch."""

from __future__ import annotations

from kpipe.data.prepared import PreparedData
from kpipe.spec.sections.train import Train
from kpipe.train.is_full_batch import is_full_batch


def step_sizes(train: Train, prepared: PreparedData) -> list[int]:
    """Return the number of samples of each step of a training epoch: of each batch, or of the whole training part.

    Args:
        train: the section `train` of the spec.
        prepared: the data of the training.
    """
    sizes = prepared.batch_sizes("train")
    return [sum(sizes)] if is_full_batch(train) else sizes
