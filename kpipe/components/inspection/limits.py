"""Intervals of numbers, as the range of an argument."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Limits:
    """An interval of numbers.

    Args:
        minimum: the lower end; None if there is none.
        maximum: the upper end; None if there is none.
        minimum_open: whether the lower end is excluded.
        maximum_open: whether the upper end is excluded.

    Example:
        >>> limits = Limits(0, 1, maximum_open=True)
        >>> str(limits), 0 in limits, 1 in limits
        ('at least 0 and less than 1', True, False)
    """

    minimum: float | None = None
    maximum: float | None = None
    minimum_open: bool = False
    maximum_open: bool = False

    @classmethod
    def of(cls, metadata: Iterable[object]) -> Limits:
        """Return the limits in the metadata of `Annotated`.

        Args:
            metadata: any objects. Numbers in attributes `ge`, `gt`, `le` and `lt` are limits, as in
                `annotated_types.Interval(ge=0, lt=1)` and the `metadata` of `pydantic.Field(ge=0)`; other objects are
                ignored.

        Example:
            >>> from annotated_types import Gt, Le
            >>> str(Limits.of([Gt(0), "a remark", Le(1)]))
            'greater than 0 and at most 1'
        """
        low, high = (-math.inf, False), (math.inf, False)
        for name, end in _ends(metadata):
            # The narrower of two limits applies; for the same number, the open one is narrower.
            if name in ("ge", "gt"):
                low = max(low, (end, name == "gt"))
            elif end < high[0] or (end == high[0] and name == "lt"):
                high = (end, name == "lt")
        return cls._between(low, high)

    def hull(self, other: Limits) -> Limits:
        """Return the smallest interval that contains this one and another one."""
        low = min(self._low, other._low)
        high = max(self._high, other._high, key=lambda end: (end[0], not end[1]))
        return self._between(low, high)

    @property
    def _low(self) -> tuple[float, bool]:
        return (-math.inf if self.minimum is None else self.minimum, self.minimum_open)

    @property
    def _high(self) -> tuple[float, bool]:
        return (math.inf if self.maximum is None else self.maximum, self.maximum_open)

    @classmethod
    def _between(cls, low: tuple[float, bool], high: tuple[float, bool]) -> Limits:
        minimum, maximum = (end[0] if math.isfinite(end[0]) else None for end in (low, high))
        return cls(minimum, maximum, minimum is not None and low[1], maximum is not None and high[1])

    def __contains__(self, value: float) -> bool:
        above = self.minimum is None or value > self.minimum or (value == self.minimum and not self.minimum_open)
        below = self.maximum is None or value < self.maximum or (value == self.maximum and not self.maximum_open)
        return above and below

    def __bool__(self) -> bool:
        return self != Limits()

    def __str__(self) -> str:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not (self.minimum_open or self.maximum_open):
            return f"between {_text(low)} and {_text(high)}"
        parts = []
        if low is not None:
            parts.append(f"{'greater than' if self.minimum_open else 'at least'} {_text(low)}")
        if high is not None:
            parts.append(f"{'less than' if self.maximum_open else 'at most'} {_text(high)}")
        return " and ".join(parts)


def _text(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else f"{number:g}"


def _ends(metadata: Iterable[object]) -> Iterable[tuple[str, float]]:
    for entry in metadata:
        limits = [(name, end) for name in ("ge", "gt", "le", "lt") if (end := _number(entry, name)) is not None]
        if limits:
            yield from limits
        elif _is_group(entry):
            yield from _ends(cast("Iterable[object]", entry))
        elif isinstance(inner := getattr(entry, "metadata", None), list | tuple):
            yield from _ends(inner)


def _is_group(entry: object) -> bool:
    # If the module is not imported, which would take time, no object has its class.
    module = sys.modules.get("annotated_types")
    return module is not None and isinstance(entry, module.GroupedMetadata)


def _number(entry: object, name: str) -> float | None:
    value: Any = getattr(entry, name, None)
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return float(value) if is_number and not math.isnan(value) else None
