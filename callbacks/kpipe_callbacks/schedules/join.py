"""A sequence of two schedules."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks._range import POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def join(first: Schedule, at: float, second: Schedule) -> Schedule:
    """a(t) = b(t) before S, and c(t - S) from S on.

    Args:
        first: b.
        at: S, the step at which the second schedule begins with its own step 0, above 0.
        second: c.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [join(lambda step: 1.0, 10, lambda step: 0.1)(t) for t in (0, 9, 10, 20)]
        [1.0, 1.0, 0.1, 0.1]
    """
    begin = POSITIVE.number("at", at)

    def formula(t: Any, m: Any) -> Any:
        return m.where(t < begin, first(m.minimum(t, begin)), second(m.maximum(t - begin, 0.0)))

    return schedule(formula)
