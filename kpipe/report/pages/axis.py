"""The axis of a plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

#: The ratio of the largest and the smallest value from which positive values have a logarithmic axis.
_WIDE = 50
#: How far from the quartiles values are shown, in distances between these: "far out" of Tukey, "Exploratory Data
#: Analysis", 1977.
_REACH = 3
#: The part of the range that is empty at both ends.
_MARGIN = 0.04
#: About how many ticks an axis has.
_TICKS = 5


@dataclass(frozen=True)
class Axis:
    """The range of an axis, linear or logarithmic.

    Args:
        low: the smallest value.
        high: the largest value, above `low`.
        is_log: whether the axis is logarithmic, for positive values; False by default.

    Example:
        >>> Axis(0.0, 10.0).ticks(), Axis(1e-3, 1.0, is_log=True).ticks()
        ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.001, 0.01, 0.1, 1.0])
        >>> Axis(1e-2, 1.0, is_log=True).position(0.1)
        0.5
    """

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], kept: Iterable[float] = ()) -> Axis:
        """Return the axis for some values, logarithmic if they are positive and differ by a factor above 50.

        Values that are far from most others are outside, so that a diverged run does not flatten the other curves:
        those beyond the quartiles by more than 3 times their distance.

        Args:
            values: the values; those that are not finite are ignored.
            kept: values of these that are inside in any case, by default none.
        """
        found = sorted(value for value in values if math.isfinite(value))
        if not found:
            return cls(0.0, 1.0)
        is_log = found[0] > 0 and found[-1] / found[0] > _WIDE
        scaled = [math.log10(value) for value in found] if is_log else found
        low, high = scaled[0], scaled[-1]
        if len(scaled) > 3:
            first, _, third = statistics.quantiles(scaled, n=4, method="inclusive")
            reach = _REACH * (third - first)
            if reach > 0:
                inside = [math.log10(value) if is_log else value for value in kept]
                low = max(low, min(first - reach, *inside, third))
                high = min(high, max(third + reach, *inside, first))
        margin = _MARGIN * ((high - low) or abs(high) or 1.0)
        low, high = low - margin, high + margin
        return cls(10**low, 10**high, is_log=True) if is_log else cls(low, high)

    def position(self, value: float) -> float:
        """Return where a value is: 0 at the lower end, 1 at the upper one, and at most 2 away from both."""
        ends = [self._scaled(end) for end in (self.low, self.high)]
        place = (self._scaled(value) - ends[0]) / (ends[1] - ends[0])
        return min(max(place, -2.0), 3.0)

    def ticks(self) -> list[float]:
        """Return round numbers within the range."""
        if self.is_log:
            powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            if len(powers) >= 2:
                return [float(f"1e{power}") for power in powers[:: math.ceil(len(powers) / (_TICKS + 1))]]
            ends = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            found = [float(f"{digit}e{power}") for power in range(ends[0], ends[1] + 1) for digit in (1, 2, 5)]
            return [value for value in found if self.low <= value <= self.high]
        step = _round_step((self.high - self.low) / _TICKS)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{index * step:.12g}") for index in range(first, last + 1)]

    def _scaled(self, value: float) -> float:
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else -math.inf


def _round_step(least: float) -> float:
    """Return the next number of 1, 2 and 5 times a power of ten."""
    power = math.floor(math.log10(least))
    return next(step for digit in (1, 2, 5, 10) if (step := digit * 10.0**power) >= least * (1 - 1e-9))
