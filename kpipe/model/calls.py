"""Every call of a layer in a model, with the shapes of that very call."""

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
    """One call of a layer or another operation.

    Args:
        operation: the Keras layer, model or operation.
        inputs: shapes of the tensors it took, by the call argument's name, the batch first.
        outputs: shapes of what it gave.
        item_size: bytes of one number of the first output.
        inner: for a model or a wrapper, the calls inside; else empty.
        times: how often `inner` runs; more than 1 for `TimeDistributed`.
    """

    operation: Any
    inputs: Mapping[str, tuple[Shape, ...]]
    outputs: tuple[Shape, ...]
    item_size: int
    inner: tuple[Call, ...] = ()
    times: int = 1

    @property
    def name(self) -> str:
        """The operation's name."""
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
        """Whether all sizes but the batch's are known."""
        shapes = [*self.outputs, *(shape for group in self.inputs.values() for shape in group)]
        return all(None not in shape[1:] for shape in shapes)


def calls(model: Any) -> list[Call]:
    """The calls of a functional or sequential model in the order they are computed; a layer used twice is there twice.

    Args:
        model: built; the sizes of its inputs are those it was built with.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="out")])
        >>> [(call.name, call.output) for call in calls(model)]
        [('out', (None, 3))]
    """
    return list(_traced(graph_of(model), [_like(tensor, tensor.shape) for tensor in model.inputs])[0])


def item_size(dtype: str) -> int:
    """Bytes of one number; 8 for a string, which is a reference.

    Example:
        >>> item_size("float32"), item_size("bfloat16"), item_size("int64")
        (4, 2, 8)
    """
    sizes = {"bool": 1, "int8": 1, "uint8": 1, "float16": 2, "bfloat16": 2, "int16": 2, "uint16": 2, "string": 8}
    return sizes.get(dtype, 8 if dtype.endswith("64") else 4)


def _traced(graph: Any, tensors: Sequence[Any]) -> tuple[tuple[Call, ...], Any]:
    found: list[Call] = []

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        made, result = _called(operation, args, kwargs)
        found.append(made)
        return result

    result = run_graph(graph, tensors, call)
    return tuple(found), result


def _called(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Call, Any]:
    """One call and its output, symbolically: nothing is computed, no layer gets a new node."""
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
    made = Call(operation, shapes, tuple(tuple(t.shape) for t in outputs), item_size(outputs[0].dtype), inner, times)
    return made, result


def _wrapped(operation: Any, first: Any) -> tuple[tuple[Call, ...], int]:
    """What a wrapper calls, and how often."""
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
