"""The values of variables: each replica's own where replicas differ, and copies that no later step changes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

Values = list[list[Any]]


def read(variables: list[keras.Variable]) -> Values:
    """Copies of the values, on the device; of each variable one, or each replica's."""
    return [[keras.ops.copy(copy) for copy in copies(variable)] for variable in variables]


def write(variables: list[keras.Variable], values: Values) -> None:
    """Gives variables what `read` or `to_arrays` returned; where the number of replicas is another one, the first's."""
    for variable, found in zip(variables, values, strict=True):
        targets = copies(variable)
        if len(targets) == 1:
            # On JAX a step gives its arrays up; these here must outlive it.
            variable.assign(keras.ops.copy(keras.ops.convert_to_tensor(found[0])))
            continue
        for index, target in enumerate(targets):
            target.assign(found[index] if len(found) == len(targets) else found[0])


def to_arrays(values: Values) -> list[list[Any]]:
    """The same as NumPy arrays, for a checkpoint; equal copies once, and types that NumPy does not know as float32."""
    arrays = [[_storable(array_of(copy)) for copy in found] for found in values]
    return [found[:1] if all(_same(other, found[0]) for other in found[1:]) else found for found in arrays]


def array_of(value: Any) -> np.ndarray[Any, Any]:
    """A copy of a variable's or tensor's value as a NumPy array.

    `np.array` would do it with a warning: TensorFlow's tensors are not made for NumPy 2's protocol yet.
    """
    value = value.value if isinstance(value, keras.Variable) else value
    return np.array(value.numpy() if hasattr(value, "numpy") else value)


def same(variables: list[keras.Variable], others: list[keras.Variable]) -> bool:
    """Whether variables have the values of others, to the bit, in the precision of the first."""
    pairs = zip(variables, others, strict=True)
    return all(_same(array_of(first), array_of(keras.ops.cast(other, first.dtype))) for first, other in pairs)


def _storable(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


def copies(variable: keras.Variable) -> list[Any]:
    """The backend's variables behind one of Keras': one, or that of each replica."""
    value = variable.value
    # TensorFlow's distributed variables hold a tuple, one for each replica.
    found = getattr(value, "values", None)
    return list(found) if isinstance(found, tuple) else [value]


def _same(first: Any, second: Any) -> bool:
    return bool(first.shape == second.shape and first.tobytes() == second.tobytes())
