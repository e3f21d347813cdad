"""Reading and writing of the values of variables, per replica and as copies that later steps do not change."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

Values = list[list[Any]]


def read(variables: list[keras.Variable]) -> Values:
    """Copies of the values of variables, on the device: one per variable and replica."""
    return [[keras.ops.copy(copy) for copy in copies(variable)] for variable in variables]


def write(variables: list[keras.Variable], values: Values) -> None:
    """Assign the output of `read` or `to_arrays`; if the number of replicas differs, each gets the first value."""
    for variable, found in zip(variables, values, strict=True):
        targets = copies(variable)
        if len(targets) == 1:
            # A step on JAX donates its arrays, so the variable must not share them with the copy.
            variable.assign(keras.ops.copy(keras.ops.convert_to_tensor(found[0])))
            continue
        for index, target in enumerate(targets):
            target.assign(found[index] if len(found) == len(targets) else found[0])


def to_arrays(values: Values) -> list[list[Any]]:
    """Convert values to NumPy arrays for a checkpoint: equal replicas once, and types unknown to NumPy as float32."""
    arrays = [[_storable(array_of(copy)) for copy in found] for found in values]
    return [found[:1] if all(_same(other, found[0]) for other in found[1:]) else found for found in arrays]


def array_of(value: Any) -> np.ndarray[Any, Any]:
    """A copy of a variable's or tensor's value as a NumPy array.

    `np.array` on a TensorFlow tensor would warn, because tensors do not implement the `copy` keyword of NumPy 2 yet.
    """
    value = value.value if isinstance(value, keras.Variable) else value
    return np.array(value.numpy() if hasattr(value, "numpy") else value)


def same(variables: list[keras.Variable], others: list[keras.Variable]) -> bool:
    """Whether two lists of variables are bit-identical in the precision of the first."""
    pairs = zip(variables, others, strict=True)
    return all(_same(array_of(first), array_of(keras.ops.cast(other, first.dtype))) for first, other in pairs)


def _storable(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


def copies(variable: keras.Variable) -> list[Any]:
    """The backend variables of a Keras variable: one per replica."""
    value = variable.value
    # A distributed variable of TensorFlow contains a tuple with one variable per replica.
    found = getattr(value, "values", None)
    return list(found) if isinstance(found, tuple) else [value]


def _same(first: Any, second: Any) -> bool:
    return bool(first.shape == second.shape and first.tobytes() == second.tobytes())
