"""The activation of the output of a model, which is logits, probabilities, or unknown."""

from __future__ import annotations

import math
from typing import Any, Literal

import keras

from kpipe.keras_internals import inputs_of_call, origin

Activation = Literal["logits", "softmax", "sigmoid", "other"]

#: Layers that keep the meaning of values, since they cast, reshape or average.
_PRESERVING = (
    "Reshape",
    "Flatten",
    "Identity",
    "Permute",
    "Dropout",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Average",
    "Cast",
)
#: Layers that can return any real number.
_UNBOUNDED = (
    "Add",
    "Subtract",
    "Dot",
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "Rescaling",
    "Embedding",
)
#: The values that an activation function can return.
_RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
}
_BY_FUNCTION: dict[str, Activation] = {"linear": "logits", "softmax": "softmax", "sigmoid": "sigmoid"}


def output_activation(tensor: Any) -> Activation:
    """Return the activation of an output tensor.

    Layers that cast, reshape or average are skipped; an average of several tensors has an activation only if all of
    them have the same.

    Args:
        tensor: a symbolic output of a functional model.

    Returns:
        `logits` for any real numbers, `softmax` or `sigmoid` for probabilities, `other` for anything else, such as a
        custom layer.

    Example:
        >>> inputs = keras.Input((4,))
        >>> output_activation(keras.layers.Dense(3, activation="softmax")(inputs))
        'softmax'
    """
    operation, node_index, tensor_index = origin(tensor)
    if isinstance(operation, keras.Model):
        return output_activation(keras.tree.flatten(operation.outputs)[tensor_index])
    own = _operation_activation(operation)
    if own is not None:
        return own
    before = {output_activation(entry) for entry in inputs_of_call(operation, node_index)}
    return before.pop() if len(before) == 1 else "other"


def output_range(tensor: Any) -> tuple[str, float, float] | None:
    """Return the activation of an output tensor, with the lowest and highest value that it can return.

    Returns:
        The name of the activation and the two bounds; None if the values are unbounded or the bounds are unknown.

    Example:
        >>> output_range(keras.layers.Dense(3, activation="tanh")(keras.Input((4,))))
        ('tanh', -1.0, 1.0)
    """
    operation, node_index, tensor_index = origin(tensor)
    if isinstance(operation, keras.Model):
        return output_range(keras.tree.flatten(operation.outputs)[tensor_index])
    if type(operation).__name__ in _PRESERVING:
        before = inputs_of_call(operation, node_index)
        return output_range(before[0]) if len(before) == 1 else None
    if isinstance(operation, keras.layers.RNN):
        return None
    own = getattr(operation, "activation", None)
    name = _function_name(own) if own is not None else type(operation).__name__.lower()
    return (name, *_RANGES[name]) if name in _RANGES else None


def _operation_activation(operation: Any) -> Activation | None:
    """Return the activation of an operation; None if it keeps that of its inputs."""
    name = type(operation).__name__
    if isinstance(operation, keras.layers.TimeDistributed):
        return _operation_activation(operation.layer)
    if name in _PRESERVING:
        return None
    if name in ("Softmax", "Sigmoid"):
        return "softmax" if name == "Softmax" else "sigmoid"
    if name in _UNBOUNDED:
        return "logits"
    if isinstance(operation, keras.layers.RNN) or not hasattr(operation, "activation"):
        return "other"
    function = _function_name(operation.activation)
    if isinstance(operation, keras.layers.Activation) and function == "linear":
        return None
    return _BY_FUNCTION.get(function, "other")


def _function_name(activation: Any) -> str:
    if activation is None:
        return "linear"
    if isinstance(activation, keras.Layer):
        return type(activation).__name__.lower()
    return str(getattr(activation, "__name__", ""))
