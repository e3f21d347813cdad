"""A constant value."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def constant(initial: float) -> Schedule:
    """a(t) = a0.

    Args:
        initial: a0, at least 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> constant(0.1)(1000)
        0.1
    """
    a0 = NOT_NEGATIVE.number("initial", initial)
    return schedule(lambda t, m: m.zeros_like(t) + a0)
