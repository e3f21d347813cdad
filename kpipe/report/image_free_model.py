"""A saved model whose image inputs are not converted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import keras

from kpipe.keras_internals import calls_of
from kpipe.report.saved_model import training_model


def image_free_model(raw_model: Any, images: Collection[str]) -> Any:
    """Return a model like a saved one that accepts images as the training model does: resized and cropped.

    Its other inputs are raw, and its outputs are those of the saved model.

    Args:
        raw_model: a model from `saved_model`.
        images: the names of the inputs that are images.

    Returns:
        A model that shares all layers; the saved model itself if it converts nothing.
    """
    inner = training_model(raw_model)
    if inner is raw_model:
        return raw_model
    call = next(node for node in calls_of(raw_model) if node.operation is inner)
    received, raw = call.arguments.args[0], raw_model.input
    if isinstance(received, Mapping):
        entering: Any = {name: received[name] if name in images else raw[name] for name in received}
        inputs: Any = {name: _input(name, received[name]) if name in images else raw[name] for name in received}
    else:
        entering, inputs = (received, _input(raw.name, received)) if images else (raw, raw)
    # Keras expects that the tensors of a mapping have the names of its keys.
    rest = keras.Model(keras.tree.flatten(entering), raw_model.output, name=raw_model.name)
    return keras.Model(inputs, rest(keras.tree.flatten(inputs)), name=f"{raw_model.name}_of_images")


def _input(name: str, tensor: Any) -> Any:
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
