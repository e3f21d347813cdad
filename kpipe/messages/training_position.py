"""A position in a training: the epoch and the number of steps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingPosition:
    """A position in a training.

    Args:
        epoch: current epoch, from 1.
        step: number of optimizer steps since the beginning of the training.
        ends_epoch: whether the epoch is complete.
    """

    epoch: int
    step: int
    ends_epoch: bool = True
