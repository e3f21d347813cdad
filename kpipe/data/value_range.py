"""The smallest and the largest of some numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Where the values of an input lie.

    Args:
        low: the smallest.
        high: the largest.
        samples: how many samples were read.

    Example:
        >>> str(ValueRange(0, 1 / 255, 64))
        '0 to 0.00392'
    """

    low: float
    high: float
    samples: int

    @property
    def width(self) -> float:
        """Between the smallest and the largest."""
        return self.high - self.low

    @property
    def size(self) -> float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))

    def mapped(self, scale: Any, offset: Any) -> ValueRange:
        """The range of x scale + offset, for numbers or for arrays of one for each channel."""
        ends = np.stack([np.asarray(end * scale + offset) for end in (self.low, self.high)])
        return ValueRange(float(ends.min()), float(ends.max()), self.samples)

    def __str__(self) -> str:
        return f"{self.low:.3g} to {self.high:.3g}"


def value_range(values: npt.NDArray[Any]) -> ValueRange | None:
    """The range of samples along the first axis; None where there are no values, or some that are not finite.

    Example:
        >>> value_range(np.array([[0.0, 2.0], [1.0, 0.5]]))
        ValueRange(low=0.0, high=2.0, samples=2)
    """
    if not values.size or not np.isfinite(values).all():
        return None
    return ValueRange(float(values.min()), float(values.max()), len(values))
