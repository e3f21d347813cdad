"""The notice about codes of categories that a model reads as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from kpipe.data.prepared import PreparedData
from kpipe.keras_internals import calls_of, sublayers
from kpipe.messages.escaped import escaped
from kpipe.messages.listed_columns import listed_columns

_LOOKUPS = (
    keras.layers.Embedding,
    keras.layers.CategoryEncoding,
    keras.layers.Hashing,
    keras.layers.IntegerLookup,
)


def codes_as_numbers(model: keras.Model, prepared: PreparedData) -> Iterator[str]:
    """Yield a notice for each input with codes that reach a layer with weights, but no layer that looks codes up.

    Args:
        model: the training model.
        prepared: the data with fitted preparations.
    """
    for name, codes in prepared.codes_by_input.items():
        reader = _reader(model, name)
        if reader is not None:
            columns = listed_columns([escaped(column) for column in codes])
            yield (
                f"input {escaped(name)}: {reader} reads the category codes of {columns} as numbers, whose order and "
                "distances have no meaning; read them by an Embedding or CategoryEncoding layer, or write OneHot "
                "instead of Encode"
            )


def _reader(model: keras.Model, name: str) -> str | None:
    """Return the name of the first layer with weights that codes reach; None if a layer looks them up."""
    codes = [tensor for tensor in model.inputs if tensor.name == name]
    found = None
    for call in calls_of(model):
        arguments = keras.tree.flatten([call.arguments.args, call.arguments.kwargs])
        if not any(argument is tensor for argument in arguments for tensor in codes):
            continue
        if _looks_up(call.operation):
            return None
        if getattr(call.operation, "trainable_weights", ()):
            found = found or call.operation.name
        else:
            codes += keras.tree.flatten(call.outputs)
    return found


def _looks_up(operation: Any) -> bool:
    if not isinstance(operation, keras.layers.Layer):
        return False
    return any(isinstance(layer, _LOOKUPS) for layer in sublayers(operation, include_self=True))
