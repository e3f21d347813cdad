"""Ranges of arguments, used both as annotation metadata and to check values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of finite numbers, usable as `Annotated` metadata in the protocol of `annotated_types`.

    Args:
        ge: inclusive lower bound; default None: none.
        gt: exclusive lower bound; default None: none.
        le: inclusive upper bound; default None: none.
        lt: exclusive upper bound; default None: none.

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
        """Return a value as a float after checking that it is in the range.

        Args:
            name: name of the argument, for the message.
            value: a Python number, a NumPy number or a scalar tensor.
            otherwise: what else the argument accepts, for the message.

        Raises:
            ValueError: the value is not a finite number in this range.
        """
        found = _float(value)
        if found is None or not math.isfinite(found) or found not in self:
            raise self._error(name, value, "a finite number", otherwise)
        return found

    def optional(self, name: str, value: Any) -> float | None:
        """Return None for None, and otherwise what `number` returns."""
        return None if value is None else self.number(name, value)

    def integer(self, name: str, value: Any) -> int:
        """Return a Python or NumPy integer as an int after checking that it is in the range.

        Raises:
            ValueError: the value is not an integer in this range.
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
#: The range of decays.
BELOW_1 = Range(ge=0, lt=1)
#: The range of factors that do not increase a value.
AT_MOST_1 = Range(gt=0, le=1)
#: The range of a share of a training.
SHARE = Range(gt=0, lt=1)
#: The range of `verbose`.
VERBOSE = Range(ge=0, le=1)
