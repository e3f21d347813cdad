"""Calls of a model in which each layer is told whether it trains."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from kpipe.keras_internals import sublayers


@contextmanager
def training_argument(model: keras.Model, trains: Callable[[Any], bool]) -> Iterator[None]:
    """Within the block, choose the argument `training` of the calls of all layers inside a model, at any depth.

    Functions must be traced within the block. Layers whose calls have no such argument are not changed.

    Args:
        model: the model.
        trains: returns the value of `training` for a layer, whatever the layer around it passes.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dropout(0.5)])
        >>> with training_argument(model, lambda layer: False):
        ...     bool(model(keras.ops.ones((9, 1)), training=True).numpy().all())
        True
    """
    layers = sublayers(model, include_self=True)
    changed = [layer for layer in layers if "training" in inspect.signature(layer.call).parameters]
    # A frozen layer has a call of its own.
    before = {id(layer): vars(layer)["call"] for layer in changed if "call" in vars(layer)}
    for layer in changed:
        # Not through Keras, which tracks assignments to attributes.
        vars(layer)["call"] = _with_training(layer.call, trains(layer))
    try:
        yield
    finally:
        for layer in changed:
            del vars(layer)["call"]
            if id(layer) in before:
                vars(layer)["call"] = before[id(layer)]


def _with_training(call: Callable[..., Any], training: bool) -> Callable[..., Any]:
    """Return a call of a layer with another value of `training`, and the same signature."""
    signature = inspect.signature(call)

    @functools.wraps(call)
    def changed(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.arguments["training"] = training
        return call(*bound.args, **bound.kwargs)

    return changed
