"""The number of pairs of equal numbers that is expected by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Rows with one value above which this value is frequent, such as 0, a round number, or a postal code.
LARGEST_GROUP = 4
#: Significant digits of values that can be frequent in a column of real numbers.
FEW_DIGITS = 6

_DECIMALS = range(10)


def expected_ties(values: npt.NDArray[Any]) -> float:
    """Return the number of pairs of equal values that is expected if the values are drawn independently.

    Numbers on a grid of step g with the smooth density f agree with probability g int f^2. The integral is estimated by
    the pairs that differ by at most w steps without being equal: half of them, divided by w. For w, g is contained in
    1/32 of the distance of the 10 % and 90 % quantiles. Values that more than 4 rows have are frequent, and their pairs
    are expected; where there is no grid but the precision of the type, those of values with at most 6 significant
    digits.

    Args:
        values: numbers (n,); those that are not finite are skipped.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> expected_ties(rng.normal(size=1000)) < 1e-6, round(expected_ties(rng.integers(0, 100, 1000)), -3)
        (True, 5000.0)
    """
    numbers = values[np.isfinite(values)].astype(np.float64)
    distinct, counts = np.unique(numbers, return_counts=True)
    if len(distinct) < 2:
        return float(_pairs(counts))
    precision = float(np.abs(distinct).max() * np.finfo(values.dtype if values.dtype.kind == "f" else np.float64).eps)
    grid = _grid(distinct, precision)
    step = grid or precision
    low, high = np.quantile(numbers, [0.1, 0.9])
    width = max(int((high - low) / 32 / step), 1)
    numbers.sort()
    reach = (width + 0.5) * step
    within = int((np.searchsorted(numbers, numbers + reach, side="right") - np.arange(len(numbers)) - 1).sum())
    smooth = (within - _pairs(counts)) / (2 * width)
    frequent = counts > LARGEST_GROUP
    if grid is None:
        frequent[frequent] = [abs(float(f"{value:.{FEW_DIGITS}g}") - value) <= step for value in distinct[frequent]]
    return max(smooth, float(_pairs(counts[frequent])))


def _pairs(counts: npt.NDArray[np.int64]) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _grid(distinct: npt.NDArray[np.float64], precision: float) -> float | None:
    """Return the step of the grid of ascending values, which is that of their gaps or decimals; None without a grid."""
    gaps = np.diff(distinct)
    smallest = float(gaps.min())
    if smallest > 16 * precision and _are_multiples(gaps, smallest, 2 * precision):
        return smallest
    steps = (10.0**-decimals for decimals in _DECIMALS)
    return next((step for step in steps if step > 16 * precision and _are_multiples(distinct, step, precision)), None)


def _are_multiples(values: npt.NDArray[np.float64], step: float, tolerance: float) -> bool:
    return bool(np.abs(values - step * np.rint(values / step)).max() <= tolerance + 1e-6 * step)
