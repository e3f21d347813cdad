"""Calls of a model with features in place of its inputs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from kpipe.keras_internals import call_in_graph, count_outputs, graph_of, replaced_call, standardized_inputs
from kpipe.train.frozen_features.frozen_part import FrozenPart, Key
from kpipe.train.frozen_features.graph_walk import INPUTS, Value, tensors_in, walk

_NAME = "kpipe_feature_"


def feature_names(part: FrozenPart) -> list[str]:
    """Return the names of the features of a part, by which a model recognizes them."""
    return [f"{_NAME}{index}" for index in range(len(part.keys))]


class FeatureCalls:
    """Makes a model accept the features of a part of it in place of inputs, and compute them.

    The layers above the part are called as the model calls them. Calls with other inputs are unchanged.

    Args:
        model: the model; another one with the same calls is possible, such as that of an `Evaluator`.
        part: its part.

    Example:
        >>> x = keras.Input((2,))
        >>> model = keras.Model(x, keras.layers.ReLU()(x))
        >>> from kpipe.train.frozen_features.find_frozen_part import find_frozen_part
        >>> calls = FeatureCalls(model, find_frozen_part(model))
        >>> with calls.accepted():
        ...     features = calls.features(keras.ops.array([[1.0, -1.0]]))
        ...     model(features).numpy().tolist()
        [[1.0, 0.0]]
    """

    def __init__(self, model: keras.Model, part: FrozenPart) -> None:
        self._model, self._part = model, part
        self._call = model.call
        self._computes = False

    @contextlib.contextmanager
    def accepted(self) -> Iterator[None]:
        """Within the block, the model accepts features; functions may be traced within the block only."""
        self._call = self._model.call
        with replaced_call(self._model, self._called):
            yield

    def features(self, x: Any) -> dict[str, Any]:
        """Return the features of a batch of inputs, by their names; call it within the block."""
        self._computes = True
        try:
            found: dict[str, Any] = self._model(x, training=True)
            return found
        finally:
            self._computes = False

    def _called(self, inputs: Any, **arguments: Any) -> Any:
        if isinstance(inputs, Mapping) and set(inputs) == set(feature_names(self._part)):
            return self._above(inputs, arguments.get("training"))
        return self._below(inputs) if self._computes else self._call(inputs, **arguments)

    def _below(self, inputs: Any) -> dict[str, Any]:
        """Compute the part and return the features."""
        tensors = standardized_inputs(graph_of(self._model), inputs)
        found: dict[Key, Any] = {(INPUTS, index): tensor for index, tensor in enumerate(tensors)}

        def call(place: int, operation: Any, args: Any, kwargs: Any) -> Sequence[Value]:
            if place not in self._part.places:
                return [Value(place, index) for index in range(count_outputs(operation))]
            outputs = self._outputs(place, operation, args, kwargs, True)
            found.update({value.key: value.tensor for value in outputs})
            return outputs

        walk(self._model, tensors, call)
        return dict(zip(feature_names(self._part), (found[key] for key in self._part.keys), strict=True))

    def _above(self, features: Mapping[str, Any], training: bool | None) -> Any:
        """Compute the outputs of the model from features."""
        given = dict(zip(self._part.keys, (features[name] for name in feature_names(self._part)), strict=True))

        def call(place: int, operation: Any, args: Any, kwargs: Any) -> Sequence[Value]:
            if place in self._part.places:
                count = len(self._part.calls[place].outputs)
                return [Value(place, index, given.get((place, index))) for index in range(count)]
            return self._outputs(place, operation, args, kwargs, training)

        inputs = [given.get((INPUTS, index)) for index in range(len(self._part.inputs))]
        outputs = tensors_in(walk(self._model, inputs, call))
        return outputs[0] if isinstance(outputs, list | tuple) and len(outputs) == 1 else outputs

    def _outputs(self, place: int, operation: Any, args: Any, kwargs: Any, training: bool | None) -> list[Value]:
        if operation is not self._part.calls[place].operation:
            raise RuntimeError(f"call {place} of {self._model.name} is {operation.name}, unlike that of its part")
        outputs = call_in_graph(operation, training, *tensors_in((args, kwargs)))
        return [Value(place, index, tensor) for index, tensor in enumerate(keras.tree.flatten(outputs))]
