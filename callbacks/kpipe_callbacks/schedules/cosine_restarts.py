"""Cosine annealing with warm restarts."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from kpipe_callbacks._range import AT_LEAST_1, NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule

#: Number of steps that no training exceeds; later cycles are not computed.
_HORIZON = 2.0**31
_MAX_CYCLES = 10_000


def cosine_restarts(
    initial: float, period: float, multiplier: float = 1.0, peak_decay: float = 1.0, end: float = 0.0
) -> Schedule:
    """a(t) = e + (a0 d^n - e)/2 (1 + cos(pi (t - s_n)/(P m^n))) in cycle n, which begins at s_n.

    The cycles begin at s_n = P (1 + m + ... + m^(n-1)).

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, section 3.

    Args:
        initial: a0, at least 0.
        period: P, steps of the first cycle, above 0.
        multiplier: m, the ratio of the lengths of consecutive cycles, at least 1, default 1.
        peak_decay: d, the ratio of the peaks of consecutive cycles, above 0, default 1.
        end: e, at least 0, default 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [round(cosine_restarts(1.0, period=10, multiplier=2)(t), 4) for t in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5, 1.0]
    """
    a0, e = NOT_NEGATIVE.number("initial", initial), NOT_NEGATIVE.number("end", end)
    first, longer = POSITIVE.number("period", period), AT_LEAST_1.number("multiplier", multiplier)
    lower = POSITIVE.number("peak_decay", peak_decay)
    starts = None if longer == 1 else _starts(first, longer)

    def formula(t: Any, m: Any) -> Any:
        cycle, begin = _equal_cycles(t, m, first) if starts is None else _growing_cycles(t, m, starts)
        length = first if starts is None else first * m.power(longer, cycle)
        peak = a0 * m.power(lower, cycle)
        return e + (peak - e) / 2 * (1 + m.cos(math.pi * ((t - begin) / length)))

    return schedule(formula)


def _equal_cycles(t: Any, m: Any, period: float) -> tuple[Any, Any]:
    """The index of the cycle of a step, and its first step."""
    cycle = m.floor(t / period)
    # Compilers replace the division by a multiplication with the inverse, which rounds cycle borders down.
    cycle = m.where(t >= (cycle + 1) * period, cycle + 1, cycle)
    cycle = m.where(t < cycle * period, cycle - 1, cycle)
    return cycle, cycle * period


def _growing_cycles(t: Any, m: Any, starts: Any) -> tuple[Any, Any]:
    """The index of the cycle of a step and its first step, from a table, since a logarithm is inexact at borders."""
    table = m.array(starts, dtype=keras.backend.standardize_dtype(t.dtype))
    passed = m.expand_dims(t, -1) >= table
    begin = m.max(m.where(passed, table, 0.0), axis=-1)
    return m.sum(m.where(passed, m.ones_like(table), 0.0), axis=-1) - 1, begin


def _starts(period: float, multiplier: float) -> Any:
    starts, length = [0.0], period
    while starts[-1] < _HORIZON:
        if len(starts) > _MAX_CYCLES:
            raise ValueError(
                f"multiplier: too many cycles; expected at most {_MAX_CYCLES} cycles, got more with {multiplier!r} and "
                f"a period of {period:g}; write 1, or a larger multiplier"
            )
        starts.append(starts[-1] + length)
        length *= multiplier
    return np.array(starts)
