"""Freezing of layers before a model is compiled."""

from __future__ import annotations

from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import keep_in_inference, stop_gradient_after
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import model_layers
from kpipe.model.selected_layers import selected_layers
from kpipe.model.untrained_layers import untrained_layers
from kpipe.nearest import listed
from kpipe.spec.spec import Spec


def freeze(spec: Spec, built: BuiltModel) -> list[str]:
    """Freeze the layers of `train.freeze`; call it before the model is compiled or called.

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
    node = spec.train.freeze
    if node is None or not node.items:
        return []
    found = selected_layers(node, built)
    for entry in found:
        changes_itself = bool(entry.layer.non_trainable_weights)
        entry.layer.trainable = False
        if changes_itself or not spec.train.frozen_dropout:
            keep_in_inference(entry.layer)
    if not built.model.trainable_variables:
        message = "all layers with weights are frozen; remove an entry, so that something is left to train"
        raise SpecError([Problem(node.mark, node.path, message, related=node.chain)])
    frozen = {id(entry.layer) for entry in found}
    # The gradient of a layer that is frozen by its argument `trainable` is left to Keras.
    for layer in untrained_layers(built.model):
        if id(layer) in frozen:
            stop_gradient_after(layer)
    return [entry.name for entry in found]


def frozen_line(built: BuiltModel) -> str:
    """Return a message about the frozen layers.

    Args:
        built: the model, with the names of its frozen layers.
    """
    weighted = [entry for entry in model_layers(built) if entry.has_weights]
    trained = [escaped(entry.name) for entry in weighted if entry.layer.trainable_variables]
    count = sum(entry.name in built.frozen for entry in weighted)
    return f"freeze: {count} of {counted(len(weighted), 'layer')} with weights; trained: {listed(trained, '')}"
