"""Lookup of values in a list, regardless of their spelling."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.encoding.cell_value import boolean, cell_value


class ValueIndex:
    """Index of a list of categories or classes that finds cells, labels and keys by value.

    An identical string is preferred, so different spellings of a value are distinguished if the list contains both,
    as in runs of version 0.1.0. Then an equal number is searched (see `cell_value`), and in a list that contains only
    booleans an equal boolean.

    Args:
        values: distinct strings, in order.

    Example:
        >>> index = ValueIndex(["0.0", "1.0", "red"])
        >>> index.find("1"), index.find("red"), index.find("Red")
        (1, 2, None)
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._strings = {text: position for position, text in enumerate(values)}
        self._values: dict[str, int] = {}
        for position, text in enumerate(values):
            self._values.setdefault(cell_value(text), position)
        flags = [boolean(text) for text in values]
        self._booleans: dict[str, int] = {}
        for position, flag in enumerate(flags if None not in flags else []):
            self._booleans.setdefault(str(flag), position)

    def find(self, text: str) -> int | None:
        """Return the position of a value, from 0; None if the list does not contain it."""
        for positions, key in ((self._strings, text), (self._values, cell_value(text))):
            if key in positions:
                return positions[key]
        flag = boolean(text) if self._booleans else None
        return None if flag is None else self._booleans.get(flag)
