"""Cosine decay."""

from __future__ import annotations

import math

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def cosine(initial: float, total: float, end: float = 0.0) -> Schedule:
    """a(t) = e + (a0 - e)/2 (1 + cos(pi t/T)) up to T, and e after T.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5, with one
    period.

    Args:
        initial: a0, at least 0.
        total: T, in steps, above 0.
        end: e, at least 0, default 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [round(cosine(1.0, total=10)(t), 4) for t in (0, 5, 10, 11)]
        [1.0, 0.5, 0.0, 0.0]
    """
    a0, e = NOT_NEGATIVE.number("initial", initial), NOT_NEGATIVE.number("end", end)
    length = POSITIVE.number("total", total)
    return schedule(lambda t, m: e + (a0 - e) / 2 * (1 + m.cos(math.pi * (m.minimum(t, length) / length))))
