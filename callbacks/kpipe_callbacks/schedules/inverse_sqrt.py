"""Inverse square root decay."""

from __future__ import annotations

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def inverse_sqrt(initial: float, shift: float = 1) -> Schedule:
    """a(t) = a0 / sqrt(t + shift).

    With `shift=1` the schedule begins at a0. After a warm-up of as many steps as the shift, `warmup(inverse_sqrt(a0,
    shift=w), w)`, it is a0 / sqrt(t) with t counted from the beginning of the training, as in Vaswani et al.,
    "Attention is all you need", NIPS 2017, section 5.3, equation 3.

    Args:
        initial: a0, at least 0.
        shift: steps, above 0, default 1.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> inverse_sqrt(1.0)(0), inverse_sqrt(1.0)(3)
        (1.0, 0.5)
    """
    a0, s = NOT_NEGATIVE.number("initial", initial), POSITIVE.number("shift", shift)
    return schedule(lambda t, m: a0 / m.sqrt(t + s))
