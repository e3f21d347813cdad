"""A linear warm-up before another schedule."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def warmup(after: Schedule, steps: float, start: float = 0.0) -> Schedule:
    """a(t) = s + (b(0) - s) t/W before W, and b(t - W) from W on.

    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2, the gradual warm-up.

    Args:
        after: b, another schedule, whose own step 0 is the end of the warm-up.
        steps: W, above 0.
        start: s, at least 0, default 0.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [warmup(lambda step: 1.0, steps=4)(t) for t in (0, 1, 4, 9)]
        [0.0, 0.25, 1.0, 1.0]
    """
    s, length = NOT_NEGATIVE.number("start", start), POSITIVE.number("steps", steps)

    def formula(t: Any, m: Any) -> Any:
        rising = s + (after(m.zeros_like(t)) - s) * (t / length)
        return m.where(t < length, rising, after(m.maximum(t - length, 0.0)))

    return schedule(formula)
