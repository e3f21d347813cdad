"""The kinds of activations whose outputs can be dead or saturated."""

from __future__ import annotations

from typing import Any

import keras

#: Activations that are constant, and therefore have no gradient, below 0.
_RELUS = ("relu", "relu6")
#: The bounds of activations whose gradient vanishes near both of them.
_BOUNDS = {"tanh": (-1.0, 1.0), "hard_tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}
_LAYERS = (
    keras.layers.Activation,
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Softmax,
)


def is_activation(layer: Any) -> bool:
    """Whether a layer only applies an activation."""
    return isinstance(layer, _LAYERS)


def can_die(layer: Any) -> bool:
    """Whether the output of a layer is that of a rectifier, whose channels can be dead."""
    return _name(layer) in _RELUS


def bounds(layer: Any) -> tuple[float, float] | None:
    """The bounds of the activation of a layer if it saturates at both; else None."""
    return _BOUNDS.get(_name(layer))


def _name(layer: Any) -> str:
    """The name of the activation that a layer applies to its output; empty if it has none or another one."""
    if isinstance(layer, keras.layers.ReLU):
        return "relu" if not layer.negative_slope else ""
    function = getattr(layer, "activation", None)
    if isinstance(function, keras.layers.Layer):
        return _name(function)
    return str(getattr(function, "__name__", ""))
