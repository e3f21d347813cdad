"""A value that rises and falls linearly in cycles."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def cyclic(low: float, high: float, period: float) -> Schedule:
    """a(t) = low + (high - low) (1 - |2 p - 1|), p = t/P - floor(t/P).

    Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3, the triangular policy; its
    step size is half of the period.

    Args:
        low: the value at the beginning and the end of each period, at least 0.
        high: the value in its middle, at least 0.
        period: P, in steps, above 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [cyclic(0.0, 1.0, period=4)(t) for t in (0, 1, 2, 3, 4)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    a, b, length = NOT_NEGATIVE.number("low", low), NOT_NEGATIVE.number("high", high), POSITIVE.number("period", period)
    return schedule(lambda t, m: a + (b - a) * (1 - m.abs(2 * ((t - m.floor(t / length) * length) / length) - 1)))
