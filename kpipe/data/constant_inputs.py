"""Inputs that are the same in every training sample, of which no model can learn anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices, Input

Values = npt.NDArray[Any]
Read = Callable[[Indices], Values]

#: Samples that are compared first: nearly every input differs within two, the rest within some more.
_FIRST = (2, 64)

#: Features of an array that are examined individually, and places that a message lists.
MOST_FEATURES, _LISTED = 1000, 5


def constant_input(entry: Input, read: Read, indices: Indices, piece: int, each: bool) -> str | None:
    """What is constant in an input, as a line for the user; None if nothing is.

    The samples are read piece by piece, and no further than the first difference.

    Args:
        entry: the input as the model receives it.
        read: some samples of it, by index.
        indices: of the training part.
        piece: samples that are read at once, at least 1.
        each: whether the columns of a table, or the features of an array of one axis, are compared one by one.

    Example:
        >>> values = np.array([[1.0, 2.0], [1.0, 3.0]])
        >>> constant_input(Input("x", "array", (2,), "float32"), values.__getitem__, np.arange(2), 1, True)
        "feature 0 of input 'x' is constant over the 2 training samples; the model cannot learn from it"
    """
    if len(indices) < 2:
        return None
    first = read(indices[:1])[0]
    same: Any = np.ones(first.shape if each else (), bool)
    for some in _pieces(indices[1:], piece):
        same = same & (read(some) == first).all(axis=0 if each else None)
        if not same.any():
            return None
    if same.all() and not entry.columns:
        return _all_text(entry.name, first, len(indices))
    return _some_text(entry, np.flatnonzero(same), len(indices))


def _pieces(indices: Indices, piece: int) -> Iterator[Indices]:
    start = 0
    for size in _FIRST:
        yield indices[start : start + min(size, piece)]
        start += min(size, piece)
    for begin in range(start, len(indices), piece):
        yield indices[begin : begin + piece]


def _all_text(name: str, first: Values, count: int) -> str:
    found = f"all values are {first.flat[0]}" if first.size and (first == first.flat[0]).all() else "all are equal"
    return f"input {name!r} is constant over the {count:,} training samples ({found}); the model cannot learn from it"


def _some_text(entry: Input, places: npt.NDArray[np.int64], count: int) -> str:
    noun = "column" if entry.columns else "feature"
    names = [repr(entry.columns[place].name) if entry.columns else str(place) for place in places[:_LISTED]]
    more = f" and {len(places) - _LISTED:,} more" if len(places) > _LISTED else ""
    plural, verb, it = ("s", "are", "them") if len(places) > 1 else ("", "is", "it")
    return (
        f"{noun}{plural} {', '.join(names)}{more} of input {entry.name!r} {verb} constant over the {count:,} training "
        f"samples; the model cannot learn from {it}"
    )
