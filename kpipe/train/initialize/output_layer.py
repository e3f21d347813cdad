"""The last layer of an output of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from kpipe.keras_internals import inputs_of_call, origin

#: Layers that return the values that they receive, in another form or type.
_PRESERVING = (
    "Reshape",
    "Flatten",
    "Identity",
    "Dropout",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Cast",
)
#: Layers that are activations of the layer before them.
_ACTIVATIONS = ("Activation", "Softmax", "Sigmoid")


@dataclass(frozen=True, kw_only=True)
class OutputLayer:
    """The layer that computes the values of an output, before its activation.

    Args:
        path: the path of the layer in the model.
        layer: the layer; one inside `TimeDistributed` and other wrappers.
    """

    path: str
    layer: Any

    @classmethod
    def of(cls, tensor: Any) -> OutputLayer:
        """Return the last layer of an output, without activations and layers that keep the values.

        Args:
            tensor: a symbolic output of a functional model.

        Example:
            >>> outputs = keras.layers.Dense(2, name="out")(keras.Input((4,)))
            >>> OutputLayer.of(keras.layers.Softmax()(outputs)).path
            'out'
        """
        return _find(tensor, "")


def _find(tensor: Any, prefix: str) -> OutputLayer:
    operation, node_index, tensor_index = origin(tensor)
    if isinstance(operation, keras.Model):
        return _find(keras.tree.flatten(operation.outputs)[tensor_index], f"{prefix}{operation.name}/")
    if type(operation).__name__ in (*_PRESERVING, *_ACTIVATIONS):
        before = inputs_of_call(operation, node_index)
        if len(before) == 1:
            return _find(before[0], prefix)
    return OutputLayer(path=f"{prefix}{operation.name}", layer=_unwrapped(operation))


def _unwrapped(operation: Any) -> Any:
    while isinstance(operation, keras.layers.Wrapper) and not isinstance(operation, keras.layers.Bidirectional):
        operation = operation.layer
    return operation
