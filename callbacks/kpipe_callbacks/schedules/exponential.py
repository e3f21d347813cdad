"""Exponential decay."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def exponential(initial: float, decay: float) -> Schedule:
    """a(t) = a0 exp(-k t).

    Args:
        initial: a0, at least 0.
        decay: k, per step, at least 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> round(exponential(1.0, decay=0.1)(10), 4)
        0.3679
    """
    a0, k = NOT_NEGATIVE.number("initial", initial), NOT_NEGATIVE.number("decay", decay)
    return schedule(lambda t, m: a0 * m.exp(-k * t))
