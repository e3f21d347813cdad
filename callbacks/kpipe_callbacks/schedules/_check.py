"""The ranges of a schedule's numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def not_negative(name: str, value: Any) -> float:
    """A finite number of at least 0."""
    return _number(name, value, 0.0, "a finite number of at least 0", open_=False)


def positive(name: str, value: Any) -> float:
    """A finite number above 0."""
    return _number(name, value, 0.0, "a finite number above 0", open_=True)


def at_least(name: str, value: Any, limit: float) -> float:
    """A finite number of at least a limit."""
    return _number(name, value, limit, f"a finite number of at least {limit:g}", open_=False)


def whole(name: str, value: Any, least: int) -> int:
    """A whole number, Python's or NumPy's, of at least a limit."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}: {value!r} is out of range; it is a whole number of at least {least}")
    return int(value)


def share(name: str, value: Any) -> float:
    """A number between 0 and 1, both excluded."""
    found = positive(name, value)
    if found >= 1:
        raise ValueError(f"{name}: {value!r} is out of range; it is a number above 0 and below 1")
    return found


def _number(name: str, value: Any, limit: float, allowed: str, *, open_: bool) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0:
        value, is_number = float(value), True
    if not is_number or not math.isfinite(value) or value < limit or (open_ and value == limit):
        raise ValueError(f"{name}: {value!r} is out of range; it is {allowed}")
    return float(value)
