"""The paths of the layers of a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from kpipe_callbacks._keras_internals import direct_sublayers

#: Layers that call the layers inside them once per time step, inside of a loop.
_LOOPS = (keras.layers.RNN, keras.layers.TimeDistributed)
#: Layers whose softmax is not the activation of an output.
_ATTENTION = (
    keras.layers.Attention,
    keras.layers.AdditiveAttention,
    keras.layers.GroupQueryAttention,
    keras.layers.MultiHeadAttention,
)


def layer_paths(model: keras.Model) -> dict[str, Any]:
    """All layers of a model by their unique paths, outer ones before those inside them.

    A path consists of the names of the layers around a layer and its own. Of several layers with one path, the second
    has the suffix `_2`. A layer at several places has the path of the first one. Layers that are called once per time
    step, such as the cells of recurrent layers, and the softmax of attention are not included.
    """
    found: dict[str, Any] = {}
    seen = {id(model)}
    for path, layer in _inside(model, "", seen):
        unique, number = path, 1
        while unique in found:
            number += 1
            unique = f"{path}_{number}"
        found[unique] = layer
    return found


def _inside(parent: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if isinstance(parent, _LOOPS):
        return
    # The list of a Sequential also contains the functional model that it calls.
    children = parent.layers if isinstance(parent, keras.Sequential) else direct_sublayers(parent)
    for layer in children:
        is_score = isinstance(parent, _ATTENTION) and isinstance(layer, keras.layers.Softmax)
        if id(layer) in seen or is_score:
            continue
        seen.add(id(layer))
        path = f"{prefix}{layer.name}"
        yield path, layer
        yield from _inside(layer, f"{path}/", seen)
