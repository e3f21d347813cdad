"""The layers of a model that can be frozen one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kpipe.components.quiet_import import import_keras
from kpipe.model.build import BuiltModel


@dataclass(frozen=True)
class ModelLayer:
    """A layer of a model, also one inside a network that is an item.

    Args:
        name: its name, after those of the networks around it and `/`.
        layer: the layer.
    """

    name: str
    layer: Any

    @property
    def has_weights(self) -> bool:
        """Whether the layer has weights, trainable or not."""
        return bool(self.layer.weights)


def model_layers(built: BuiltModel) -> list[ModelLayer]:
    """Return the layers of the items of a model in the order of Keras; networks are replaced by their layers.

    The layers of preparations, which are no items, are not among them.

    Args:
        built: the model.
    """
    return [found for layer in built.model.layers if layer.name in built.labels for found in _inside(layer, "")]


def _inside(layer: Any, before: str) -> Iterator[ModelLayer]:
    name = f"{before}{layer.name}"
    if isinstance(layer, import_keras().Model) and layer.layers:
        for inner in layer.layers:
            yield from _inside(inner, f"{name}/")
    else:
        yield ModelLayer(name, layer)
