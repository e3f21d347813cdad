"""The layers of a model whose outputs are linear in a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import direct_sublayers, sublayers
from kpipe.layers import WeightStandardizedConv2D
from kpipe.train.devices.training_variables import copies
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.kernel_layer import KernelLayer, kernels_of

_RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)
_ATTENTION = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
#: Layers that scale their kernels themselves.
_SCALING = (WeightStandardizedConv2D, keras.layers.SpectralNormalization)
_KNOWN = "Dense, EinsumDense, and plain, transposed, depthwise and separable convolutions"


def kernel_layers(context: InitializationContext) -> list[KernelLayer]:
    """Return the layers with kernels, at any depth, with the reasons for which some of them are skipped.

    Layers of preparations are not included.

    Args:
        context: the model.
    """
    found = [entry for entry in _inside(context.model, "", set()) if not context.is_preparation(entry.path)]
    trained = {id(variable) for variable in context.model.trainable_variables}
    return [entry if entry.reason else replace(entry, reason=_reason(context, entry, trained)) for entry in found]


def _inside(parent: Any, prefix: str, seen: set[int]) -> Iterator[KernelLayer]:
    for layer in parent.layers if isinstance(parent, keras.Model) else direct_sublayers(parent):
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        path = f"{prefix}{layer.name}"
        inner = layer.layer if isinstance(layer, keras.layers.TimeDistributed) else layer
        if reason := _unsupported(layer, inner):
            yield KernelLayer(path=path, layer=layer, called=layer, kernels=(), reason=reason)
        elif kernels := kernels_of(inner):
            yield KernelLayer(path=path, layer=inner, called=layer, kernels=kernels)
        else:
            yield from _inside(layer, f"{path}/", seen)


def _unsupported(layer: Any, inner: Any) -> str | None:
    """Return why the kernels of a layer and those of all layers inside it are skipped; None if they are not."""
    if not any(_has_kernel(entry) for entry in sublayers(layer, include_self=True)):
        return None
    if isinstance(layer, _RECURRENT):
        return "recurrent, so that its outputs are not linear in one kernel"
    if isinstance(layer, _ATTENTION):
        return "attention, whose outputs are not linear in one kernel"
    if isinstance(inner, _SCALING):
        return f"{type(inner).__name__} scales its kernel itself"
    if kernels_of(inner):
        return None
    if inner is not layer:
        return "TimeDistributed calls the layers inside it within a loop"
    if _has_kernel(layer):
        return f"unknown kernel of {type(layer).__name__}; supported: {_KNOWN}"
    return None


def _has_kernel(layer: Any) -> bool:
    return len(getattr(getattr(layer, "kernel", None), "shape", ())) > 1 or bool(kernels_of(layer))


def _reason(context: InitializationContext, entry: KernelLayer, trained: set[int]) -> str | None:
    if context.is_loaded(entry.path):
        return "its weights were loaded"
    if any(id(variable) not in trained for variable, _ in entry.kernels):
        return "frozen"
    if not all(np.any(np.asarray(copies(variable)[0])) for variable, _ in entry.kernels):
        return "its kernel is zero"
    return None
