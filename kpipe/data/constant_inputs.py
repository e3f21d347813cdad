"""Detection of inputs that are the same in every training sample, from which a model cannot learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices, Input

Values = npt.NDArray[Any]
Read = Callable[[Indices], Values]

#: Sizes of the first chunks, which are small because nearly all inputs differ within a few samples.
_FIRST_CHUNKS = (2, 64)

#: Features of an array that are compared individually, and features that a message lists.
MAX_FEATURES, _LISTED = 1000, 5


def constant_input(entry: Input, read: Read, indices: Indices, chunk_samples: int, each: bool) -> str | None:
    """Return a message about the constant values of an input; None if there are none.

    The samples are read in chunks until the first difference.

    Args:
        entry: the input that the model receives.
        read: a function that returns the selected samples of the input.
        indices: the indices of the training part.
        chunk_samples: number of samples to read at once, at least 1.
        each: whether to compare the columns of a table, or the features of an array with one axis, individually.

    Example:
        >>> values = np.array([[1.0, 2.0], [1.0, 3.0]])
        >>> constant_input(Input("x", "array", (2,), "float32"), values.__getitem__, np.arange(2), 1, True)
        "feature 0 of input 'x' is constant over the 2 training samples; the model cannot learn from it"
    """
    if len(indices) < 2:
        return None
    first = read(indices[:1])[0]
    same: Any = np.ones(first.shape if each else (), bool)
    for chunk in _chunks(indices[1:], chunk_samples):
        same = same & (read(chunk) == first).all(axis=0 if each else None)
        if not same.any():
            return None
    if same.all() and not entry.columns:
        return _constant_input_message(entry.name, first, len(indices))
    return _constant_features_message(entry, np.flatnonzero(same), len(indices))


def _chunks(indices: Indices, chunk_samples: int) -> Iterator[Indices]:
    start = 0
    for size in _FIRST_CHUNKS:
        yield indices[start : start + min(size, chunk_samples)]
        start += min(size, chunk_samples)
    for begin in range(start, len(indices), chunk_samples):
        yield indices[begin : begin + chunk_samples]


def _constant_input_message(name: str, first: Values, count: int) -> str:
    is_uniform = first.size and (first == first.flat[0]).all()
    values = f"all values are {first.flat[0]}" if is_uniform else "all samples are equal"
    return f"input {name!r} is constant over the {count:,} training samples ({values}); the model cannot learn from it"


def _constant_features_message(entry: Input, features: npt.NDArray[np.int64], count: int) -> str:
    noun = "column" if entry.columns else "feature"
    names = [repr(entry.columns[feature].name) if entry.columns else str(feature) for feature in features[:_LISTED]]
    more = f" and {len(features) - _LISTED:,} more" if len(features) > _LISTED else ""
    plural, verb, it = ("s", "are", "them") if len(features) > 1 else ("", "is", "it")
    return (
        f"{noun}{plural} {', '.join(names)}{more} of input {entry.name!r} {verb} constant over the {count:,} training "
        f"samples; the model cannot learn from {it}"
    )
