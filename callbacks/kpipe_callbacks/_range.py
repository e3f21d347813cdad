"""The ranges of arguments: in an annotation for whoever reads it, and as the check of the value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of finite numbers, as metadata of `Annotated` in the protocol of `annotated_types`.

    Args:
        ge: the least number, which is included.
        gt: the same, excluded.
        le: the largest number, which is included.
        lt: the same, excluded.

    Example:
        >>> Range(ge=0, lt=1).number("decay", 0.5)
        0.5
        >>> Range(ge=0, lt=1).number("decay", 1)
        Traceback (most recent call last):
        ValueError: decay: out of range; expected a finite number of at least 0 and less than 1, got 1
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def number(self, name: str, value: Any, *, otherwise: str = "") -> float:
        """A number of this range, Python's, NumPy's or a tensor of no axes, as a float.

        Args:
            name: of the argument.
            value: its value.
            otherwise: what else the argument may be, for the message.

        Raises:
            ValueError: not a finite number of this range.
        """
        found = _float(value)
        if found is None or not math.isfinite(found) or found not in self:
            raise self._error(name, value, "a finite number", otherwise)
        return found

    def optional(self, name: str, value: Any) -> float | None:
        """The same for an argument that may be None."""
        return None if value is None else self.number(name, value)

    def integer(self, name: str, value: Any) -> int:
        """An integer of this range, Python's or NumPy's.

        Raises:
            ValueError: not an integer of this range.
        """
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or int(value) not in self:
            raise self._error(name, value, "an integer")
        return int(value)

    def __contains__(self, value: float) -> bool:
        above = (self.ge is None or value >= self.ge) and (self.gt is None or value > self.gt)
        return bool(above and (self.le is None or value <= self.le) and (self.lt is None or value < self.lt))

    def __str__(self) -> str:
        limits = {"of at least": self.ge, "greater than": self.gt, "at most": self.le, "less than": self.lt}
        return " and ".join(f"{words} {limit:g}" for words, limit in limits.items() if limit is not None)

    def _error(self, name: str, value: Any, kind: str, otherwise: str = "") -> ValueError:
        expected = f"{kind} {self}".rstrip() + (f", or {otherwise}" if otherwise else "")
        return ValueError(f"{name}: out of range; expected {expected}, got {value!r}")


def _float(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    is_scalar = hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0
    return float(value) if is_scalar else None


FINITE = Range()
NOT_NEGATIVE = Range(ge=0)
POSITIVE = Range(gt=0)
AT_LEAST_1 = Range(ge=1)
ABOVE_1 = Range(gt=1)
#: From 0 to below 1, as of decays.
BELOW_1 = Range(ge=0, lt=1)
#: Above 0 and at most 1, as of factors.
AT_MOST_1 = Range(gt=0, le=1)
#: Between 0 and 1, as of a part of a training.
SHARE = Range(gt=0, lt=1)
#: Of `verbose`.
VERBOSE = Range(ge=0, le=1)
