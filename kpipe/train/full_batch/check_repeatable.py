"""The check that a model in training computes the same outputs twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import sublayers
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, refusal
from kpipe.train.devices.training_variables import read_variable, write_variable


def check_repeatable(model: keras.Model, batch: Any, place: Place, layers: Sequence[tuple[Any, Node]] = ()) -> None:
    """Refuse a model whose outputs in training differ between two calls with the same weights.

    This finds layers of custom code, of which nothing else is known. The model is not changed.

    Args:
        model: a built model.
        batch: (x, y) or (x, y, sample weights).
        place: maps a dotted path of the spec to its mark.
        layers: the layers of the spec, each with its node; by default none.

    Raises:
        SpecError: the outputs differ, or a call changes a variable of the model.
    """
    variables = list(model.non_trainable_variables)
    before = [read_variable(variable) for variable in variables]
    outputs = []
    try:
        for _ in range(2):
            outputs.append([np.asarray(entry) for entry in keras.tree.flatten(model(batch[0], training=True))])
        changed = [
            variable
            for variable, values in zip(variables, before, strict=True)
            if not all(map(np.array_equal, read_variable(variable), values))
        ]
    finally:
        for variable, values in zip(variables, before, strict=True):
            write_variable(variable, values)
    what, node = "its outputs in training differ between two calls", None
    if changed:
        owner = _owner(model, changed[0])
        what = f"each call in training changes {changed[0].name} of {type(owner).__name__} {owner.name!r}"
        node = next((node for layer, node in layers if owner in sublayers(layer, include_self=True)), None)
    if changed or not all(np.array_equal(one, other, equal_nan=True) for one, other in zip(*outputs, strict=True)):
        message = (
            f"the model is not a function of its weights: {what}, so that the line search of LBFGS would compare "
            "noise; remove what draws random numbers or collects statistics, or write another optimizer, such as Adam"
        )
        raise refusal(place, "model", message, node)


def _owner(model: keras.Model, variable: keras.Variable) -> Any:
    """Return the innermost layer that has a variable."""
    owners = [layer for layer in sublayers(model) if any(entry is variable for entry in layer.variables)]
    return min(owners, key=lambda layer: len(layer.variables), default=model)
