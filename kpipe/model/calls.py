"""The calls of layers in a model, with the shapes of each call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.components.quiet_import import import_keras
from kpipe.keras_internals import graph_of, run_graph

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Call:
    """A call of a layer or another operation.

    Args:
        operation: the Keras layer, model or operation.
        inputs: shapes of the input tensors, with the batch first, keyed by call argument.
        outputs: shapes of the output tensors.
        item_size: bytes per element of the first output.
        inner: calls inside a model or wrapper; empty for other operations.
        times: number of times that `inner` runs; more than 1 for `TimeDistributed`.
    """

    operation: Any
    inputs: Mapping[str, tuple[Shape, ...]]
    outputs: tuple[Shape, ...]
    item_size: int
    inner: tuple[Call, ...] = ()
    times: int = 1

    @property
    def name(self) -> str:
        """The name of the operation."""
        return str(self.operation.name)

    @property
    def input(self) -> Shape:
        """The shape of the first input."""
        return next(shapes[0] for shapes in self.inputs.values() if shapes)

    @property
    def output(self) -> Shape:
        """The shape of the first output."""
        return self.outputs[0]

    @property
    def is_sized(self) -> bool:
        """Whether all sizes except the batch size are known."""
        shapes = [*self.outputs, *(shape for group in self.inputs.values() for shape in group)]
        return all(None not in shape[1:] for shape in shapes)


def calls(model: Any) -> list[Call]:
    """Return the calls of a functional or sequential model in execution order; a layer used twice appears twice.

    Args:
        model: a built model.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="out")])
        >>> [(call.name, call.output) for call in calls(model)]
        [('out', (None, 3))]
    """
    return list(_traced(graph_of(model), [_like(tensor, tensor.shape) for tensor in model.inputs])[0])


def item_size(dtype: str) -> int:
    """Return the bytes per element of a data type; 8 for a string, which is a reference.

    Example:
        >>> item_size("float32"), item_size("bfloat16"), item_size("int64")
        (4, 2, 8)
    """
    sizes = {"bool": 1, "int8": 1, "uint8": 1, "float16": 2, "bfloat16": 2, "int16": 2, "uint16": 2, "string": 8}
    return sizes.get(dtype, 8 if dtype.endswith("64") else 4)


def _traced(graph: Any, tensors: Sequence[Any]) -> tuple[tuple[Call, ...], Any]:
    found: list[Call] = []

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        traced, result = _called(operation, args, kwargs)
        found.append(traced)
        return result

    result = run_graph(graph, tensors, call)
    return tuple(found), result


def _called(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Call, Any]:
    """Trace one call symbolically, without computing values or adding nodes to layers; return it with its output."""
    bound = inspect.signature(operation.call).bind_partial(*args, **kwargs).arguments
    tensors = {name: _tensors(value) for name, value in bound.items()}
    first = next(group[0] for group in tensors.values() if group)
    inner: tuple[Call, ...] = ()
    times = 1
    graph = graph_of(operation)
    if graph is not None:
        inner, result = _traced(graph, next(group for group in tensors.values() if group))
    else:
        result = operation.compute_output_spec(*args, **kwargs)
        inner, times = _wrapped(operation, first)
    outputs = _tensors(result)
    shapes = {name: tuple(tuple(tensor.shape) for tensor in group) for name, group in tensors.items()}
    traced = Call(operation, shapes, tuple(tuple(t.shape) for t in outputs), item_size(outputs[0].dtype), inner, times)
    return traced, result


def _wrapped(operation: Any, first: Any) -> tuple[tuple[Call, ...], int]:
    """The calls inside a wrapper, and the number of times that they run."""
    keras = import_keras()
    if isinstance(operation, keras.layers.TimeDistributed):
        step = _like(first, (first.shape[0], *first.shape[2:]))
        return (_called(operation.layer, (step,), {})[0],), first.shape[1] or 1
    if isinstance(operation, keras.layers.Bidirectional):
        both = (operation.forward_layer, operation.backward_layer)
        return tuple(_called(layer, (first,), {})[0] for layer in both), 1
    from kpipe.layers import StochasticDepth

    if isinstance(operation, StochasticDepth):
        return (_called(operation.branch, (first,), {})[0],), 1
    if isinstance(operation, keras.layers.Wrapper):
        return (_called(operation.layer, (first,), {})[0],), 1
    return (), 1


def _like(tensor: Any, shape: Shape) -> Any:
    keras = import_keras()
    return keras.KerasTensor(shape, dtype=tensor.dtype)


def _tensors(value: Any) -> list[Any]:
    keras = import_keras()
    return [entry for entry in keras.tree.flatten(value) if isinstance(entry, keras.KerasTensor)]
