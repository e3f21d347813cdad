"""Conversion of labels to plain arrays, with a check for missing and mixed values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError

Values = npt.NDArray[Any]

_CHUNK_ELEMENTS = 1 << 22


def chunks(values: Values) -> Iterator[tuple[int, Values]]:
    """Yield the first row number and the rows of each chunk, so that a memory map is never loaded completely.

    Example:
        >>> [(start, len(rows)) for start, rows in chunks(np.zeros((3, 2)))]
        [(0, 3)]
    """
    rows = max(1, _CHUNK_ELEMENTS * len(values) // max(values.size, 1))
    for start in range(0, len(values), rows):
        yield start, values[start : start + rows]


def label_array(values: npt.ArrayLike, place: str) -> Values:
    """Return labels as an array of booleans, integers, floats or strings; (n, 1) becomes (n,), bytes become strings.

    Args:
        values: the labels, with samples along the first axis.
        place: the name of the labels in messages.

    Raises:
        DataError: the labels have no axis, are empty, have missing values or mixed types, or a type that is not
            supported.

    Example:
        >>> label_array([b"dog", b"cat"], "'y'").tolist()
        ['dog', 'cat']
    """
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=_listed_type(values))
    if array.ndim == 0:
        raise DataError(f"{place} has no axis for samples; expected one entry per sample, got shape ()")
    if array.size == 0:
        raise DataError(f"{place} is empty; expected at least 1 label, got shape {array.shape}")
    if array.dtype.kind in "OT":
        array = _typed_objects(array.astype(object), place)
    if array.dtype.kind == "S":
        array = _decoded(array, place)
    if array.dtype.kind not in "biufU":
        raise DataError(
            f"{place} has an unsupported type; expected integers, floats, booleans, strings or one-hot rows, got "
            f"{array.dtype}"
        )
    if array.dtype.kind == "f":
        _refuse_nan(array, place)
    return array.reshape(len(array)) if array.ndim == 2 and array.shape[1] == 1 else array


def _listed_type(values: Any) -> type[object] | None:
    # NumPy would silently convert a list of numbers and strings to strings.
    mixed = isinstance(values, Sequence) and any(isinstance(value, str | bytes) for value in values)
    return object if mixed and not isinstance(values, str | bytes) else None


def _typed_objects(array: Values, place: str) -> Values:
    for position, value in enumerate(array.flat):
        if value is None or (isinstance(value, float) and np.isnan(value)):
            raise DataError(f"{place}[{position // (array.size // len(array))}] is missing ({value})")
        if not isinstance(value, str | bytes | bool | int | float | np.generic):
            raise DataError(
                f"{place} contains Python objects; expected numbers, booleans or strings, got "
                f"{type(value).__name__}; save plain labels"
            )
    kinds = {_kind(value) for value in array.flat}
    if len(kinds) > 1:
        raise DataError(
            f"{place} has labels of different types; expected a single type, got {' and '.join(sorted(kinds))}; "
            "convert all labels to one type"
        )
    return np.array(array.tolist())


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "booleans"
    return "strings" if isinstance(value, str) else "bytes" if isinstance(value, bytes) else "numbers"


def _decoded(array: Values, place: str) -> Values:
    try:
        return np.strings.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place} contains bytes that are not UTF-8 ({error.object!r}); save the names as strings"
        ) from None


def _refuse_nan(array: Values, place: str) -> None:
    for start, chunk in chunks(array):
        finite = np.isfinite(chunk)
        if not finite.all():
            row = start + int(np.argwhere(~finite)[0][0])
            raise DataError(
                f"{place}[{row}] is not finite; expected a number, got {array[row]}; correct or remove the sample"
            )
