"""Moving averages of curves."""

from __future__ import annotations

import math
from collections.abc import Sequence


def moving_average(values: Sequence[float | None], window: int) -> list[float | None]:
    """Return the mean of the finite values in a window around each value; at the ends, the window is shorter.

    Args:
        values: the values; None and NaN are missing.
        window: the number of values, odd and at least 1.

    Returns:
        The means; None where the window contains no finite value.

    Example:
        >>> moving_average([1.0, 2.0, 6.0, None, float("nan"), None], 3)
        [1.5, 3.0, 4.0, 6.0, None, None]
    """
    known = [None if value is None or not math.isfinite(value) else value for value in values]
    half = window // 2
    return [_mean(known[max(place - half, 0) : place + half + 1]) for place in range(len(known))]


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return math.fsum(found) / len(found) if found else None
