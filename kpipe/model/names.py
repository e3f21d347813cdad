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
        named_item: the prefix of the names of all layers of the innermost item around it that a name identifies; empty
            for the model.
        is_named: whether the name of the layer identifies it within that item.
        has_name: whether the item of the layer has a name.
    """

    text: str
    path: str
    mark: Mark
    named_item: str = ""
    is_named: bool = False
    has_name: bool = False


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


def is_in_item(layer: str, item: str, labels: Mapping[str, LayerLabel]) -> bool:
    """Return whether a layer is an item of the model or inside of one.

    Args:
        layer: the name of a layer of the model, with `/` before that of a layer inside of it.
        item: the name of an item, such as `body`; with `/` that of an item or a layer inside of it, or the name of a
            layer as `kpipe show` prints it.
        labels: the labels of the layers of the model by name.

    Example:
        >>> labels = {"body_conv2d": LayerLabel("body/conv2d", "model.0", Mark("a.yaml", 1, 1, 1, 2))}
        >>> [is_in_item("body_conv2d", item, labels) for item in ("body", "body_conv2d", "bod", "conv2d")]
        [True, True, False, False]
    """
    if layer == item or layer.startswith(f"{item}/"):
        return True
    label = labels.get(layer.partition("/")[0])
    name = name_in_spec(layer, labels)
    # Layers without a name have the same title in many blocks, and only their own names identify them.
    return label is not None and ((label.has_name and name == item) or name.startswith(f"{item}/"))


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
