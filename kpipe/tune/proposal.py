"""What an oracle proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpipe.space.search_space import Value


@dataclass(frozen=True)
class Proposal:
    """The values of the next trial, or an earlier trial that continues.

    Args:
        id: its number among the proposals of a stage, from 0.
        values: the values of the active parameters by name.
        epochs: the number of epochs after which the trial pauses; None if it runs until its end.
        parent: the id of the proposal whose trial continues; None for a new trial.
    """

    id: int
    values: Mapping[str, Value]
    epochs: int | None = None
    parent: int | None = None
