"""Layers that draw random numbers in training."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.errors import ArgumentError
from kpipe.keras_internals import sublayers

#: The layers of Keras that regularize by random numbers, each with the argument that is 0 where it does nothing.
_RATES: tuple[tuple[type, str], ...] = (
    (keras.layers.Dropout, "rate"),
    (keras.layers.AlphaDropout, "rate"),
    (keras.layers.GaussianDropout, "rate"),
    (keras.layers.GaussianNoise, "stddev"),
    (keras.layers.Attention, "dropout"),
)


def is_random(layer: Any) -> bool:
    """Return whether a layer draws random numbers in training to regularize it.

    These are dropout of any kind, Gaussian noise, the dropout of attention and of recurrent layers and their cells,
    the stochastic depth of ConvNeXt, and layers whose attribute `random_in_training` is true, such as kpipe's
    `DropConnect`, `StochasticDepth`, `FractalJoin` and `FractionalMaxPooling2D`.

    Args:
        layer: a layer; not one that contains it.

    Example:
        >>> is_random(keras.layers.Dropout(0.5)), is_random(keras.layers.BatchNormalization())
        (True, False)
    """
    own = getattr(layer, "random_in_training", None)
    if own is not None:
        return bool(own)
    if hasattr(layer, "recurrent_dropout"):
        return bool(layer.dropout or layer.recurrent_dropout)
    if type(layer).__module__ == "keras.src.applications.convnext" and hasattr(layer, "drop_path_rate"):
        return bool(layer.drop_path_rate)
    return any(isinstance(layer, kind) and getattr(layer, rate) > 0 for kind, rate in _RATES)


def check_random(model: keras.Model) -> None:
    """Check that a model has a layer that draws random numbers in training.

    Raises:
        ArgumentError: it has none; the argument is `samples`.
    """
    if not any(map(is_random, sublayers(model, include_self=True))):
        raise ArgumentError(
            "samples",
            "the model has no layer that is random in training, so that all answers would be equal; expected Dropout, "
            "DropConnect, StochasticDepth, FractionalMaxPooling2D or another such layer with a rate above 0; remove it",
        )
