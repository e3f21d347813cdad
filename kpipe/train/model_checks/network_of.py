"""The network of a model, as static checks see it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from kpipe.checks.static.call import Call
from kpipe.checks.static.network import Network
from kpipe.keras_internals import count_outputs, graph_of, run_graph
from kpipe.layers import DecorrelatedBatchNorm, GroupNorm
from kpipe.model.names import LayerLabel

_PLAIN = (keras.layers.Dense, keras.layers.EinsumDense, keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
#: Layers without weights that are named for their function.
_ACTIVATIONS = ("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
_NORMALIZATIONS = (keras.layers.BatchNormalization, DecorrelatedBatchNorm)


def network_of(model: keras.Model, labels: Mapping[str, LayerLabel] | None = None) -> Network:
    """Return all calls of a functional model, with nested models written out.

    Args:
        model: a built model.
        labels: the labels of the layers in the spec, keyed by layer name; those without belong to preparations. None
            (default) if the model has no spec.
    """
    return _Builder(labels).network(model)


class _Builder:
    def __init__(self, labels: Mapping[str, LayerLabel] | None) -> None:
        self._labels = labels
        self._calls: list[Call] = []
        self._owner: str | None = None

    def network(self, model: keras.Model) -> Network:
        names = [tensor.name for tensor in model.inputs]
        positions = [_Position(self._add(Call(name=name, class_name="Input"))) for name in names]
        outputs = run_graph(graph_of(model), positions, self._call)
        named = outputs if isinstance(outputs, dict) else dict(enumerate(keras.tree.flatten(outputs)))
        return Network(self._calls, {str(name): position for name, position in named.items()})

    def _add(self, call: Call) -> int:
        self._calls.append(call)
        return len(self._calls) - 1

    def _call(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        inner = operation.layer if isinstance(operation, keras.layers.TimeDistributed) else operation
        positions = [entry for entry in keras.tree.flatten((args, kwargs)) if isinstance(entry, _Position)]
        graph = graph_of(inner)
        if graph is not None:
            return self._inside(operation.name, graph, keras.tree.flatten(args))
        position = _Position(self._add(self._described(operation, tuple(map(int, positions)))))
        count = count_outputs(operation)
        return position if count == 1 else [position] * count

    def _inside(self, name: str, graph: Any, values: list[Any]) -> Any:
        outer, self._owner = self._owner, self._owner or name
        result = run_graph(graph, values, self._call)
        self._owner = outer
        return result

    def _described(self, operation: Any, inputs: tuple[int, ...]) -> Call:
        layer = _unwrapped(operation)
        name = self._owner or operation.name
        label = (self._labels or {}).get(name)
        is_trained = isinstance(layer, keras.Layer) and bool(operation.trainable_weights)
        kernel, shape = _kernel(layer), _shape(operation)
        return Call(
            name=label.text if label is not None and self._owner is None else operation.name,
            class_name=type(layer).__name__,
            inputs=inputs,
            path=label.path if label is not None else "model",
            mark=label.mark if label is not None else None,
            shape=shape,
            activation=_activation(layer),
            kernel=kernel,
            has_equal_columns=is_trained and isinstance(layer, _PLAIN) and _has_equal_columns(layer),
            is_trainable=is_trained,
            use_bias=isinstance(layer, _PLAIN) and getattr(layer, "bias", None) is not None,
            rate=_rate(operation),
            normalizes_channels=_normalizes_channels(layer, shape[-1] if shape else None),
            is_preparation=self._labels is not None and label is None,
        )


class _Position(int):
    """The position of a call, which differs from an integer among the arguments of a call."""


def _unwrapped(operation: Any) -> Any:
    """Return the layer inside wrappers that change only its weights or its inputs."""
    while isinstance(operation, keras.layers.Wrapper) and not isinstance(operation, keras.layers.Bidirectional):
        operation = operation.layer
    return operation


def _shape(operation: Any) -> tuple[int | None, ...] | None:
    with contextlib.suppress(AttributeError, ValueError):  # an operation that is called several times has no `output`
        output = operation.output
        return tuple(output.shape[1:]) if hasattr(output, "shape") else None
    return None


def _activation(layer: Any) -> str | None:
    if type(layer).__name__ in _ACTIVATIONS:
        return "leaky_relu" if type(layer).__name__ == "LeakyReLU" else type(layer).__name__.lower()
    if isinstance(layer, keras.layers.RNN) or not hasattr(layer, "activation"):
        return None
    activation = layer.activation
    if activation is None:
        return "linear"
    return str(getattr(activation, "__name__", type(activation).__name__)).lower()


def _kernel(layer: Any) -> tuple[int, ...] | None:
    """Return the shape of the largest weight with at least two axes."""
    if not isinstance(layer, keras.Layer) or isinstance(layer, keras.layers.Normalization):
        return None
    own = getattr(layer, "kernel", None)
    weights = [own] if own is not None else [weight for weight in layer.weights if len(weight.shape) > 1]
    shapes = [tuple(weight.shape) for weight in weights]
    return max(shapes, key=math.prod, default=None)


def _has_equal_columns(layer: Any) -> bool:
    """Return whether the initial weights of all output units are equal."""
    kernel = layer.kernel
    if kernel.shape[-1] < 2:
        return False
    # Nearly all kernels differ within their first row, and large ones are slow to copy.
    for part in _parts(kernel):
        values = np.asarray(keras.ops.convert_to_numpy(part)).reshape(-1, kernel.shape[-1])
        if (values != values[:, :1]).any():
            return False
    return True


def _parts(kernel: Any) -> Iterator[Any]:
    yield kernel[:1]
    yield kernel


def _rate(operation: Any) -> float | None:
    name = type(operation).__name__
    if ("Dropout" in name and not name.startswith("Gaussian")) or name == "DropConnect":
        rate = getattr(operation, "rate", None)
        return float(rate) if isinstance(rate, (int, float)) else None
    return None


def _normalizes_channels(layer: Any, channels: int | None) -> bool:
    if isinstance(layer, (GroupNorm, keras.layers.GroupNormalization)):
        return layer.groups in (-1, channels)
    return isinstance(layer, _NORMALIZATIONS)
