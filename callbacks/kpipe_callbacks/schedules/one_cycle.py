"""A single cycle to a peak and down to a final value."""

from __future__ import annotations

import math
from typing import Any

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE, SHARE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def one_cycle(start: float, peak: float, end: float, total: float, rise: float = 0.3) -> Schedule:
    """a(t) = s + (p - s)/2 (1 - cos(pi t/r)) before r = rise T, then e + (p - e)/2 (1 + cos(pi (t - r)/(T - r))).

    Smith, "A disciplined approach to neural network hyper-parameters: part 1", 2018, section 4.1; with the half cosines
    of PyTorch's `OneCycleLR`. For momentum, which changes inversely, the peak is the lowest value.

    Args:
        start: s, at least 0.
        peak: p, at least 0.
        end: e, at least 0, kept from T on.
        total: T, in steps, above 0.
        rise: the share of T before the peak, above 0 and below 1, default 0.3.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [round(one_cycle(0.0, 1.0, 0.0, total=10, rise=0.4)(t), 4) for t in (0, 2, 4, 7, 10)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    s, p, e = NOT_NEGATIVE.number("start", start), NOT_NEGATIVE.number("peak", peak), NOT_NEGATIVE.number("end", end)
    length = POSITIVE.number("total", total)
    top = SHARE.number("rise", rise) * length

    def formula(t: Any, m: Any) -> Any:
        rising = s + (p - s) / 2 * (1 - m.cos(math.pi * (t / top)))
        falling = e + (p - e) / 2 * (1 + m.cos(math.pi * ((m.minimum(t, length) - top) / (length - top))))
        return m.where(t < top, rising, falling)

    return schedule(formula)
