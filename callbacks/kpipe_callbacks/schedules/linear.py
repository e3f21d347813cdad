"""Linear decay."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def linear(initial: float, total: float, end: float = 0.0) -> Schedule:
    """a(t) = e + (a0 - e) (1 - t/T) up to T, and e after T.

    Args:
        initial: a0, at least 0.
        total: T, in steps, above 0.
        end: e, at least 0, default 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [linear(1.0, total=10)(t) for t in (0, 5, 10, 11)]
        [1.0, 0.5, 0.0, 0.0]
    """
    a0, e = NOT_NEGATIVE.number("initial", initial), NOT_NEGATIVE.number("end", end)
    length = POSITIVE.number("total", total)
    return schedule(lambda t, m: e + (a0 - e) * (1 - m.minimum(t, length) / length))
