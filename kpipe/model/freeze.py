"""Freezing of layers before a model is compiled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kpipe.components.application import has_weights
from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import (
    keep_in_inference,
    restore_call,
    seed_generators,
    stop_gradient_after,
    sublayers,
)
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import ModelLayer, model_layers
from kpipe.model.selected_layers import selected_layers
from kpipe.model.untrained_layers import untrained_layers
from kpipe.nearest import listed
from kpipe.spec.spec import Spec

#: The attribute of a frozen layer with whether it and each layer inside of it was trainable before. Keras searches the
#: attributes of a layer for layers when it saves weights, so that it must not contain any.
_BEFORE = "_kpipe_trainable_before"


def freeze(spec: Spec, built: BuiltModel) -> list[str]:
    """Freeze the layers of `train.freeze`, or all but those of `train.only`; call it before the model is compiled.

    The weights of frozen layers do not change, no gradient is computed below the lowest layer that is trained, and
    BatchNormalization uses its moving statistics. Frozen layers are in inference during training, so that dropout is
    off too, unless `train.frozen_dropout` is set.

    Args:
        spec: a checked spec.
        built: its model.

    Returns:
        The names of the frozen layers.

    Raises:
        SpecError: an entry does not match the model, or nothing is left to train.
    """
    found = _frozen_layers(spec, built)
    if not found:
        if spec.train.frozen_dropout:
            message = "unused, since nothing is frozen; remove it, or write train.freeze"
            raise SpecError([Problem(spec.place("train.frozen_dropout"), "train.frozen_dropout", message)])
        return []
    for entry in found:
        changes_itself = bool(entry.layer.non_trainable_weights)
        # Not through Keras, which tracks assignments to attributes.
        vars(entry.layer)[_BEFORE] = [layer.trainable for layer in sublayers(entry.layer, include_self=True)]
        entry.layer.trainable = False
        if changes_itself or not spec.train.frozen_dropout:
            keep_in_inference(entry.layer)
    if not built.model.trainable_variables:
        raise _nothing_is_trained(spec)
    frozen = {id(entry.layer) for entry in found}
    # The gradient of a layer that is frozen by its argument `trainable` is left to Keras.
    for layer in untrained_layers(built.model):
        if id(layer) in frozen:
            stop_gradient_after(layer, [entry.layer for entry in found])
    return [entry.name for entry in found]


def thaw(built: BuiltModel) -> None:
    """Undo `freeze`, so that other layers can be frozen; compile the model afterwards.

    Args:
        built: a model.
    """
    # In reverse, since the state of a layer that two layers contain is what the first one has found.
    for entry in reversed(model_layers(built)):
        before = vars(entry.layer).pop(_BEFORE, None)
        if before is not None:
            restore_call(entry.layer)
            # From outer to inner layers, since the value of a layer is passed to those inside of it.
            for layer, is_trainable in zip(sublayers(entry.layer, include_self=True), before, strict=True):
                layer.trainable = is_trainable


def _frozen_layers(spec: Spec, built: BuiltModel) -> list[ModelLayer]:
    only, node = spec.train.only, spec.train.freeze
    frozen = set() if node is None else {entry.name for entry in selected_layers(node, built)}
    if only is not None and only.value is not None:
        trained = {entry.name for entry in selected_layers(only, built)}
        frozen |= {entry.name for entry in model_layers(built) if entry.name not in trained}
    return [entry for entry in model_layers(built) if entry.name in frozen]


def _nothing_is_trained(spec: Spec) -> SpecError:
    only, node = spec.train.only, spec.train.freeze
    if only is not None and only.value is not None and (node is None or not node.items):
        message = "no layer with trainable weights is selected; add one, so that something is trained"
        return SpecError([Problem(only.mark, only.path, message, related=only.chain)])
    place = only if node is None else node
    message = "all layers with weights are frozen; remove an entry, so that something is left to train"
    if place is None:
        return SpecError([Problem(spec.place("train.freeze"), "train.freeze", message)])
    return SpecError([Problem(place.mark, place.path, message, related=place.chain)])


def frozen_line(built: BuiltModel, *, dropout: bool = False) -> str:
    """Return a message about the frozen layers.

    Args:
        built: the model, with the names of its frozen layers.
        dropout: whether random layers are on in frozen layers, default False.
    """
    layers = model_layers(built)
    weighted = [entry for entry in layers if entry.has_weights]
    trained = [escaped(entry.name) for entry in weighted if entry.layer.trainable_variables]
    count = sum(entry.name in built.frozen for entry in weighted)
    silent = [escaped(entry.name) for entry in layers if entry.name in built.frozen and _is_random(entry.layer)]
    random = "" if dropout or not silent else f"; random layers that are off: {listed(silent, '')}"
    return f"freeze: {count} of {counted(len(weighted), 'layer')} with weights{random}; trained: {listed(trained, '')}"


def initial_line(built: BuiltModel, loaded: Collection[str]) -> str | None:
    """Return a message about frozen layers with initial weights, which are mostly forgotten ones; None without any.

    Args:
        built: the model, with the names of its frozen layers.
        loaded: the names of the layers that have received saved weights.
    """
    with_weights = [layer.name for layer, item in built.layers if has_weights(item)]
    initial = [
        escaped(entry.name)
        for entry in model_layers(built)
        if entry.name in built.frozen
        and entry.has_weights
        and entry.name not in loaded
        and entry.name.partition("/")[0] not in with_weights
    ]
    if not initial:
        return None
    return f"freeze: frozen with random initial weights, since nothing was loaded into them: {listed(initial, '')}"


def _is_random(layer: Any) -> bool:
    return any(seed_generators(entry) for entry in sublayers(layer, include_self=True))
