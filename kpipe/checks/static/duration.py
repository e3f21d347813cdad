"""A duration that a component states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A duration that a component states.

    Args:
        owner: the class of the schedule or the optimizer.
        what: `warm-up`, `decay`, or the argument of the optimizer.
        steps: the duration in steps.
        path: the path of the argument in the spec.
    """

    owner: str
    what: str
    steps: float
    path: str
