"""Conversion of table cells to numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

#: Regular expressions (RE2) of numbers without surrounding spaces, keyed by decimal sign.
NUMBER = {
    ".": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    ",": r"^[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?$",
}


def cell_numbers(cells: Any, decimal: str) -> Numbers:
    """Return cells as numbers, with NaN for those that are missing or not finite numbers.

    Args:
        cells: an Arrow array of numbers, booleans or strings.
        decimal: the decimal sign of numbers in strings.

    Example:
        >>> import pyarrow as pa
        >>> cell_numbers(pa.array([" +1,5", "1.5", "inf"]), ",").tolist()
        [1.5, nan, nan]
    """
    import pyarrow as pa

    if pa.types.is_string(cells.type):
        values = _plain_numbers(cells) if decimal == "." else None
        if values is not None:
            return values
        cells = _number_texts(cells, decimal)
    elif pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.int8())
    values = np.array(cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def _plain_numbers(cells: Any) -> Numbers | None:
    """Return strings as numbers if the cast of Arrow reads each of them as a finite number; else None.

    It reads no string as a finite number that the pattern excludes; only signs `+` and spaces are an error to it.
    """
    import pyarrow as pa

    try:
        values: Numbers = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return values if np.isfinite(values).all() else None


def _number_texts(cells: Any, decimal: str) -> Any:
    """Return the numbers in strings in the form of Arrow, with null for all other strings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(cells)
    plain = pc.replace_substring_regex(text, r"^\+", "")
    if decimal != ".":
        plain = pc.replace_substring(plain, decimal, ".")
    is_number = pc.match_substring_regex(text, NUMBER[decimal])
    return pc.if_else(is_number, plain, pa.scalar(None, cells.type))
