"""A duration that a schedule states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A duration that a schedule states.

    Args:
        schedule: the class of the schedule.
        what: `warm-up` or `decay`.
        steps: the duration in steps.
        path: the path of the schedule in the spec.
    """

    schedule: str
    what: str
    steps: float
    path: str
