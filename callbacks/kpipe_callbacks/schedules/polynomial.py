"""Polynomial decay."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def polynomial(initial: float, total: float, power: float = 2.0, end: float = 0.0) -> Schedule:
    """a(t) = e + (a0 - e) (1 - t/T)^p up to T, and e after T.

    Args:
        initial: a0, at least 0.
        total: T, in steps, above 0.
        power: p, above 0, default 2.
        end: e, at least 0, default 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [polynomial(1.0, total=10)(t) for t in (0, 5, 10, 11)]
        [1.0, 0.25, 0.0, 0.0]
    """
    a0, e = NOT_NEGATIVE.number("initial", initial), NOT_NEGATIVE.number("end", end)
    length, p = POSITIVE.number("total", total), POSITIVE.number("power", power)
    return schedule(lambda t, m: e + (a0 - e) * m.power(m.maximum(length - t, 0.0) / length, p))
