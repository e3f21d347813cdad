"""Labels of any origin as a plain array, with what is missing or mixed found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError

Values = npt.NDArray[Any]

_CHUNK_ELEMENTS = 1 << 22


def chunks(values: Values) -> Iterator[tuple[int, Values]]:
    """Runs of rows, each with the number of its first, so that a memory map is never in memory as a whole.

    Example:
        >>> [(start, len(rows)) for start, rows in chunks(np.zeros((3, 2)))]
        [(0, 3)]
    """
    rows = max(1, _CHUNK_ELEMENTS * len(values) // max(values.size, 1))
    for start in range(0, len(values), rows):
        yield start, values[start : start + rows]


def label_array(values: npt.ArrayLike, place: str) -> Values:
    """Labels as an array of booleans, integers, floats or strings; (n, 1) becomes (n,), bytes become strings.

    Args:
        values: the labels, first axis over samples.
        place: what they are called in messages.

    Raises:
        DataError: no axis of samples, empty, missing values, a mixture of kinds, or a type that cannot be a label.

    Example:
        >>> label_array([b"dog", b"cat"], "'y'").tolist()
        ['dog', 'cat']
    """
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=_listed_type(values))
    if array.ndim == 0:
        raise DataError(f"{place} has no axis of samples: shape (); expected one entry a sample along the first axis")
    if array.size == 0:
        raise DataError(f"{place} is empty: shape {array.shape}")
    if array.dtype.kind in "OT":
        array = _typed_objects(array.astype(object), place)
    if array.dtype.kind == "S":
        array = _decoded(array, place)
    if array.dtype.kind not in "biufU":
        raise DataError(
            f"{place} contains {array.dtype}; labels are integers, floats, booleans, strings or one-hot rows"
        )
    if array.dtype.kind == "f":
        _refuse_nan(array, place)
    return array.reshape(len(array)) if array.ndim == 2 and array.shape[1] == 1 else array


def _listed_type(values: Any) -> type[object] | None:
    # NumPy would turn a list of numbers and strings into strings silently.
    mixed = isinstance(values, Sequence) and any(isinstance(value, str | bytes) for value in values)
    return object if mixed and not isinstance(values, str | bytes) else None


def _typed_objects(array: Values, place: str) -> Values:
    for position, value in enumerate(array.flat):
        if value is None or (isinstance(value, float) and np.isnan(value)):
            raise DataError(f"{place}[{position // (array.size // len(array))}] is missing ({value})")
        if not isinstance(value, str | bytes | bool | int | float | np.generic):
            raise DataError(f"{place} contains Python objects such as {type(value).__name__}; save plain labels")
    kinds = {_kind(value) for value in array.flat}
    if len(kinds) > 1 and kinds - {"number"} != set():
        raise DataError(f"{place} mixes {' and '.join(sorted(kinds))}; write all labels in one form")
    return np.array(array.tolist())


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "booleans"
    return "strings" if isinstance(value, str) else "bytes" if isinstance(value, bytes) else "number"


def _decoded(array: Values, place: str) -> Values:
    try:
        return np.strings.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place} contains bytes that are not UTF-8 ({error.object!r}); save the names as text"
        ) from None


def _refuse_nan(array: Values, place: str) -> None:
    for start, chunk in chunks(array):
        finite = np.isfinite(chunk)
        if not finite.all():
            row = start + int(np.argwhere(~finite)[0][0])
            raise DataError(f"{place}[{row}] is {array[row]}; a label must be a number: remove or repair the sample")
