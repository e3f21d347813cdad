"""The range of values of an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The smallest and the largest value of an input.

    Args:
        low: the smallest value.
        high: the largest value.
        samples: number of samples that were read.

    Example:
        >>> str(ValueRange(0, 1 / 255, 64))
        '0 to 0.00392'
    """

    low: float
    high: float
    samples: int

    @property
    def width(self) -> float:
        """The difference between the largest and the smallest value."""
        return self.high - self.low

    @property
    def size(self) -> float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))

    def mapped(self, scale: Any, offset: Any) -> ValueRange:
        """Return the range of x scale + offset, with a single scale and offset or arrays with one per channel."""
        ends = np.stack([np.asarray(end * scale + offset) for end in (self.low, self.high)])
        return ValueRange(float(ends.min()), float(ends.max()), self.samples)

    def is_far(self, low: float, high: float) -> bool:
        """Return whether a value is outside of this range by more than its width; False for a range of one value.

        Example:
            >>> ValueRange(0, 16, 64).is_far(0, 255), ValueRange(0, 16, 64).is_far(-1, 20)
            (True, False)
        """
        return self.width > 0 and (low < self.low - self.width or high > self.high + self.width)

    def __str__(self) -> str:
        return f"{self.low:.3g} to {self.high:.3g}"


def value_range(values: npt.NDArray[Any]) -> ValueRange | None:
    """Return the range of an array with samples along the first axis; None if it is empty or not finite.

    Example:
        >>> value_range(np.array([[0.0, 2.0], [1.0, 0.5]]))
        ValueRange(low=0.0, high=2.0, samples=2)
    """
    if not values.size or not np.isfinite(values).all():
        return None
    return ValueRange(float(values.min()), float(values.max()), len(values))
