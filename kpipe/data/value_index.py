"""The position of a value in a list, regardless of how either is spelled."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.cell_value import boolean, cell_value


class ValueIndex:
    """Finds cells, labels and keys in a list of categories or classes.

    The same string is found first, so that a list in which two spellings are two values keeps them apart, as runs of
    version 0.1.0 did; then the same number (see `cell_value`); then, in a list of booleans alone, the same boolean.

    Args:
        values: different strings, in their order.

    Example:
        >>> index = ValueIndex(["0.0", "1.0", "red"])
        >>> index.find("1"), index.find("red"), index.find("Red")
        (1, 2, None)
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._texts = {text: place for place, text in enumerate(values)}
        self._values: dict[str, int] = {}
        for place, text in enumerate(values):
            self._values.setdefault(cell_value(text), place)
        flags = [boolean(text) for text in values]
        self._booleans: dict[str, int] = {}
        for place, flag in enumerate(flags if None not in flags else []):
            self._booleans.setdefault(str(flag), place)

    def find(self, text: str) -> int | None:
        """The place of a value, from 0; None where the list does not have it."""
        for places, key in ((self._texts, text), (self._values, cell_value(text))):
            if key in places:
                return places[key]
        flag = boolean(text) if self._booleans else None
        return None if flag is None else self._booleans.get(flag)
