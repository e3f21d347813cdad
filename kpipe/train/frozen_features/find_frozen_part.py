"""Finding the part of a model whose outputs are the same in each epoch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.keras_internals import (
    call_in_graph,
    changes_state,
    count_outputs,
    graph_of,
    keras_mask,
    layers_in_inference,
    replaced_call,
    standardized_inputs,
    sublayers,
)
from kpipe.messages.escaped import escaped
from kpipe.train.averaging.is_random import is_random
from kpipe.train.frozen_features.frozen_part import Call, FrozenPart, keys_of
from kpipe.train.frozen_features.graph_walk import Value, tensors_in, walk


def find_frozen_part(model: keras.Model) -> FrozenPart:
    """Return the part of a model below its lowest trained layers whose outputs are the same in each epoch.

    Each layer that is not trained is called once, as in training, in a function of TensorFlow that is not executed. A
    layer that draws random numbers there, assigns a variable or adds a loss does not belong to the part. Nor does a
    layer of a custom class that is not frozen and distinguishes training from inference.

    Args:
        model: a functional model whose layers are frozen.

    Example:
        >>> frozen, trained = keras.layers.Dense(3, trainable=False), keras.layers.Dense(1)
        >>> layers = [keras.Input((8,)), keras.layers.Dropout(0.0), frozen, keras.layers.ReLU(), trained]
        >>> model = keras.Sequential(layers)
        >>> part = find_frozen_part(keras.Model(model.inputs, model.outputs))
        >>> [type(entry).__name__ for entry in part.operations], part.sample_bytes
        (['Dropout', 'Dense', 'ReLU'], 12)
    """
    examination = _Examination(model)
    with replaced_call(model, examination.run):
        specs = keras.tree.map_structure(lambda entry: tf.TensorSpec(entry.shape, entry.dtype), model.input)
        tf.function(lambda x: model(x, training=True), autograph=False).get_concrete_function(specs)
    return FrozenPart.of(examination.calls, examination.inputs, examination.outputs)


class _Examination:
    """Calls all layers that are not trained, and describes the calls."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._in_inference = {id(layer) for layer in layers_in_inference(model)}
        self.calls: list[Call] = []
        self.inputs: list[int | None] = []
        self.outputs: list[tuple[int, int]] = []

    def run(self, inputs: Any, **arguments: Any) -> Any:
        tensors = standardized_inputs(graph_of(self._model), inputs)
        self.inputs = [_bytes(tensor) for tensor in tensors]
        self.outputs = keys_of(walk(self._model, tensors, self._call))
        return tf.zeros(())

    def _call(self, place: int, operation: Any, args: Any, kwargs: Any) -> Sequence[Value]:
        values = [entry for entry in keras.tree.flatten((args, kwargs)) if isinstance(entry, Value)]
        refusal = self._refusal_before(operation)
        is_known = all(value.tensor is not None for value in values)
        outputs: list[Any] = [None] * count_outputs(operation)
        if refusal is None and is_known:
            refusal, outputs = self._traced(operation, *tensors_in((args, kwargs)))
        sizes = [None if tensor is None else _bytes(tensor) for tensor in outputs]
        self.calls.append(Call(operation=operation, inputs=keys_of(values), outputs=sizes, refusal=refusal))
        return [Value(place, index, tensor if refusal is None else None) for index, tensor in enumerate(outputs)]

    def _refusal_before(self, operation: Any) -> str | None:
        """Return why a layer is not even called; empty for one that is trained."""
        if getattr(operation, "trainable_variables", ()):
            return ""
        if not isinstance(operation, keras.Layer) or id(operation) in self._in_inference:
            return None
        for layer in sublayers(operation, include_self=True):
            if is_custom(layer) and "training" in inspect.signature(layer.call).parameters:
                return f"{escaped(operation.name)} is custom and not frozen"
        return None

    def _traced(self, operation: Any, args: Any, kwargs: Any) -> tuple[str | None, list[Any]]:
        """Call an operation, and return what is wrong with its outputs, and the outputs."""
        graph = tf.compat.v1.get_default_graph()
        first = len(graph.get_operations())
        outputs = keras.tree.flatten(call_in_graph(operation, True, args, kwargs))
        layers = sublayers(operation, include_self=True) if isinstance(operation, keras.Layer) else []
        if any(map(is_random, layers)) and changes_state(graph, graph.get_operations()[first:]):
            return f"{escaped(operation.name)} is random in training", outputs
        if changes_state(graph, graph.get_operations()[first:]):
            return f"{escaped(operation.name)} changes its state in training", outputs
        if layers and operation.losses:
            return f"{escaped(operation.name)} adds a loss", outputs
        return None, outputs


def _bytes(tensor: Any) -> int | None:
    """Return the bytes of a sample; None if they differ, or if the tensor has a mask or is not a usual one."""
    shape = tensor.shape.as_list() if isinstance(tensor, tf.Tensor) and tensor.shape.rank else [None, None]
    if None in shape[1:] or shape[0] is not None or not tensor.dtype.size or keras_mask(tensor) is not None:
        return None
    return int(math.prod(shape[1:]) * tensor.dtype.size)
