"""Rows of tables in captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.data.dataset import Column

#: Most columns in a caption.
_MOST_COLUMNS = 6


def row_text(columns: Sequence[Column], values: Mapping[str, Any]) -> str:
    r"""Return a row of a table as a caption, with its first six columns, each joined to its value by a no-break space.

    Args:
        columns: the columns.
        values: the value of each column, keyed by its name; None for a missing one.

    Example:
        >>> row_text([Column("area", "numeric"), Column("town", "categorical")], {"area": 84.5, "town": "Bonn"})
        'area\xa084.5, town\xa0Bonn'
    """
    shown = [f"{column.name}\u00a0{_text(values[column.name])}" for column in columns[:_MOST_COLUMNS]]
    more = len(columns) - len(shown)
    return ", ".join([*shown, *([f"… ({more:,} more)"] if more else [])])


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else f"{float(value):.6g}"
