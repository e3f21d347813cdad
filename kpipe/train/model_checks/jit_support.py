"""The check that XLA can compile a model, where a spec requires it."""

from __future__ import annotations

import keras

from kpipe.keras_internals import sublayers
from kpipe.spec.refusal import Place, refusal
from kpipe.spec.sections.train import Train

_LISTED = 3


def refuse_unsupported_jit(model: keras.Model, train: Train, place: Place) -> None:
    """Refuse `train.jit_compile: true` for a model that Keras would train without XLA, with a warning.

    Args:
        model: the training model.
        train: the section `train`.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a layer does not support XLA, or the training is deterministic.
    """
    if train.jit_compile is not True:
        return
    if train.deterministic:
        message = "XLA does not support all deterministic operations; write jit_compile: false, or deterministic: false"
        raise refusal(place, "train.jit_compile", message)
    layers = [layer for layer in sublayers(model) if not getattr(layer, "supports_jit", True)]
    if not layers:
        return
    names = list(dict.fromkeys(f"{layer.name} ({type(layer).__name__})" for layer in layers))
    shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    is_random = any(type(layer).__name__.startswith("Random") for layer in layers)
    remedy = ", or use data.augment instead of random layers" if is_random else ""
    raise refusal(place, "train.jit_compile", f"XLA cannot compile {shown}; write jit_compile: false{remedy}")
