"""A run through the calls of a functional model, also those inside the networks in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from kpipe.keras_internals import graph_of, has_own_call, keras_mask, run_graph, set_keras_mask

#: The place of the inputs of the model.
INPUTS = -1


@dataclass(frozen=True)
class Value:
    """A tensor of a model, or its place.

    Args:
        place: the number of the call whose output it is; `INPUTS` for an input.
        index: its number among the outputs of the call.
        tensor: the tensor; None if it was not computed.
    """

    place: int
    index: int
    tensor: Any = None

    @property
    def key(self) -> tuple[int, int]:
        """What identifies the value in each run."""
        return self.place, self.index


#: A function of the number of a call, its operation, and its arguments, which contain values in place of tensors;
#: returns the outputs.
Call = Callable[[int, Any, Any, Any], Sequence[Value]]


def walk(model: keras.Model, inputs: Sequence[Any], call: Call) -> Any:
    """Run through the calls of a model in the order of their execution, with a function in their place.

    Networks inside the model are replaced by their calls. The numbers of the calls are the same in each run.

    Args:
        model: a functional model.
        inputs: its inputs in order; None for those that are not known.
        call: the function.

    Returns:
        The values of the outputs, in the structure of the outputs of the model.

    Example:
        >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.ReLU(name="a"), keras.layers.ReLU(name="b")])
        >>> model = keras.Sequential([keras.Input((2,)), inner, keras.layers.ReLU(name="c")])
        >>> def call(place, operation, args, kwargs):
        ...     print(place, operation.name, args[0].key)
        ...     return [Value(place, 0)]
        >>> walk(model, [None], call).key
        0 a (-1, 0)
        1 b (0, 0)
        2 c (1, 0)
        (2, 0)
    """
    places = itertools.count()

    def enter(operation: Any, *args: Any, **kwargs: Any) -> Any:
        graph = graph_of(operation)
        if graph is not None and not has_own_call(operation):
            values = [entry for entry in keras.tree.flatten((args, kwargs)) if isinstance(entry, Value)]
            if len(values) == len(graph.inputs):
                converted = [_converted(*pair) for pair in zip(values, graph.inputs, strict=True)]
                return run_graph(graph, converted, enter)
        return list(call(next(places), operation, args, kwargs))

    return run_graph(graph_of(model), [Value(INPUTS, index, tensor) for index, tensor in enumerate(inputs)], enter)


def tensors_in(values: Any) -> Any:
    """Return a structure of arguments with the tensors in place of the values."""
    return keras.tree.map_structure(lambda entry: entry.tensor if isinstance(entry, Value) else entry, values)


def _converted(value: Value, expected: Any) -> Value:
    """Return a value as a network converts its inputs: to their type and number of axes."""
    if value.tensor is None:
        return value
    tensor = keras.ops.convert_to_tensor(value.tensor, dtype=expected.dtype)
    if len(tensor.shape) == len(expected.shape) + 1:
        tensor = keras.ops.squeeze(tensor, axis=-1)
    elif len(tensor.shape) == len(expected.shape) - 1:
        tensor = keras.ops.expand_dims(tensor, axis=-1)
    mask = keras_mask(value.tensor)
    if mask is not None:
        set_keras_mask(tensor, mask)
    return Value(value.place, value.index, tensor)
