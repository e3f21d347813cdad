"""The notice about inputs of the dataset that a model does not read."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.keras_internals import calls_of


def unread_inputs(model: keras.Model, prepared: Any) -> str | None:
    """Return a notice if a model does not read all inputs of its dataset; None otherwise.

    Args:
        model: the training model.
        prepared: the data.
    """
    if len(model.inputs) == 1:
        return None
    reached = [tensor for node in calls_of(model) for tensor in keras.tree.flatten(_arguments(node))]
    reached += keras.tree.flatten(model.outputs)
    unread = [tensor.name for tensor in model.inputs if not any(tensor is other for other in reached)]
    if not unread:
        return None
    names = ", ".join(unread)
    read = ", ".join(name for name in prepared.inputs if name not in unread) or "none"
    it = "it" if len(unread) == 1 else "them"
    return (
        f"the model does not read {names} of the dataset, only {read}; read {it} with `inputs: {unread[0]}`, or remove "
        f"{it} from the data"
    )


def _arguments(node: Any) -> list[Any]:
    return [node.arguments.args, node.arguments.kwargs]
