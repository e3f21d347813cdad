"""Unique names of Keras layers, derived from the paths of items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kpipe.errors import Mark


@dataclass(frozen=True)
class LayerLabel:
    """The label of a layer in the spec.

    Args:
        text: the name of the layer and of the named items around it, without names of blocks, so that it does not
            change when a block is renamed or inlined.
        path: path of its item.
        mark: place of its item.
    """

    text: str
    path: str
    mark: Mark


def name_in_spec(layer: str, labels: Mapping[str, LayerLabel]) -> str:
    """Return the name of a layer as its spec writes it, such as `body/conv2d`; the same name if it has no label.

    Args:
        layer: the name of a layer of the model, with `/` before that of a layer inside of it.
        labels: the labels of the layers of the model by name.

    Example:
        >>> name_in_spec("block_lstm/cell", {"block_lstm": LayerLabel("lstm", "model.0", Mark("a.yaml", 1, 1, 1, 2))})
        'lstm/cell'
    """
    outer, separator, inside = layer.partition("/")
    return f"{labels[outer].text}{separator}{inside}" if outer in labels else layer


class LayerNames:
    """Create unique names of layers, which are the same for the same spec.

    Example:
        >>> names = LayerNames()
        >>> names.unique(("conv", "conv2d")), names.unique(("conv", "conv2d"))
        ('conv_conv2d', 'conv_conv2d_1')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unique(self, path: tuple[str, ...]) -> str:
        """Return `path` joined by `_`, with `_1`, `_2`, … appended if the name exists."""
        base = name = "_".join(path)
        while name in self._taken:
            self._next[base] = self._next.get(base, 0) + 1
            name = f"{base}_{self._next[base]}"
        self._taken.add(name)
        return name


@lru_cache(maxsize=1024)
def snake_case(class_name: str) -> str:
    """Convert the name of a class to snake_case, as Keras does for the names of layers.

    Example:
        >>> snake_case("GlobalAveragePooling2D"), snake_case("keras.BatchNormalization")
        ('global_average_pooling2d', 'batch_normalization')
    """
    name = class_name.rpartition(".")[2]
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
