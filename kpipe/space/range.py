"""A range of numbers that a sweep chooses from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The names of the ranges in a spec: whether the logarithm is uniform, and whether the values are integers.
FORMS = {"Log": (True, False), "Uniform": (False, False), "Int": (False, True), "LogInt": (True, True)}


@dataclass(frozen=True)
class Range:
    r"""A range of numbers between two bounds, which are both included.

    `Uniform` and `Int` are uniform on [low, high]. For `Log` and `LogInt` the logarithm is uniform, so that each decade
    has the same probability (Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012,
    section 2): value = low (high / low)^u, with u uniform on [0, 1].

    Args:
        form: `Log`, `Uniform`, `Int` or `LogInt`.
        low: the lower bound; above 0 for `Log` and `LogInt`.
        high: the upper bound, above `low`.

    Example:
        >>> Range("Log", 1e-4, 1e-2).value_at(0.5), Range("Int", 1, 5).position(2)
        (0.001, 0.25)
    """

    form: str
    low: float
    high: float

    @property
    def is_log(self) -> bool:
        """Whether the logarithm of the value is uniform."""
        return FORMS[self.form][0]

    @property
    def is_integer(self) -> bool:
        """Whether all values are integers."""
        return FORMS[self.form][1]

    def position(self, value: float) -> float:
        """Return the position of a value: 0 at the lower bound, 1 at the upper bound, logarithmic for log ranges."""
        low, high = self._scale(self.low), self._scale(self.high)
        return (self._scale(value) - low) / (high - low)

    def value_at(self, position: float) -> float:
        """Return the value at a position; an integer for integer ranges. Positions outside of [0, 1] are allowed."""
        low, high = self._scale(self.low), self._scale(self.high)
        value = low + position * (high - low)
        value = math.exp(value) if self.is_log else value
        if self.is_integer:
            return round(value)
        # Bounds and round decades are exact: exp(log(x)) is not.
        ends = {0.0: self.low, 1.0: self.high}
        return float(ends.get(position, float(f"{value:.12g}")))

    def values(self) -> Sequence[int] | None:
        """Return all values of an integer range; None for other ranges."""
        return range(round(self.low), round(self.high) + 1) if self.is_integer else None

    def grid(self, points: int) -> list[float]:
        """Return evenly distributed values, in the logarithm for log ranges, including both bounds.

        Args:
            points: the number of values, at least 2. An integer range has fewer if some of them round to the same, or
                all of its values if these are not more.

        Example:
            >>> Range("Log", 1e-4, 1e-2).grid(3), Range("LogInt", 1, 6).grid(5), Range("Int", 2, 4).grid(5)
            ([0.0001, 0.001, 0.01], [1, 2, 4, 6], [2, 3, 4])
        """
        values = self.values()
        if values is not None and len(values) <= points:
            return list(values)
        return list(dict.fromkeys(self.value_at(index / max(points - 1, 1)) for index in range(points)))

    def _scale(self, value: float) -> float:
        return math.log(value) if self.is_log else float(value)

    def __str__(self) -> str:
        return f"{self.form}: [{_text(self.low)}, {_text(self.high)}]"


def _text(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
