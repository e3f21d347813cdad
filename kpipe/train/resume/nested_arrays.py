"""Conversion of nested values with arrays into JSON and a mapping of arrays, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def packed(value: Any, arrays: dict[str, Array], name: str) -> Any:
    """Return a value for JSON, and move its arrays into `arrays`.

    Args:
        value: None, a boolean, a number, a string, a NumPy scalar or array, or a list, tuple or dict of them.
        arrays: receives the arrays, keyed by their index as a string.
        name: the name of the value for messages.

    Example:
        >>> arrays = {}
        >>> text = packed({"best": (1.5, np.zeros(2))}, arrays, "a")
        >>> sorted(arrays), unpacked(text, arrays)
        (['0'], {'best': (1.5, array([0., 0.]))})
    """
    if isinstance(value, np.ndarray | np.generic):
        key = str(len(arrays))
        arrays[key] = np.asarray(value)
        return {"array": key, "scalar": isinstance(value, np.generic)}
    if isinstance(value, list | tuple):
        entries = [packed(entry, arrays, f"{name}/{index}") for index, entry in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": entries}
    if isinstance(value, dict):
        return {"dict": [[key, packed(entry, arrays, f"{name}/{key}")] for key, entry in value.items()]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name}: {type(value).__name__} cannot be stored")


def unpacked(value: Any, arrays: dict[str, Array]) -> Any:
    """Return the value that `packed` received."""
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        return array[()] if value["scalar"] else array
    if "dict" in value:
        return {key: unpacked(entry, arrays) for key, entry in value["dict"]}
    kind, entries = next(iter(value.items()))
    return (tuple if kind == "tuple" else list)(unpacked(entry, arrays) for entry in entries)
