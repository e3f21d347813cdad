"""Names of Keras layers: the path of the item, joined by `_` and made unique."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kpipe.errors import Mark


@dataclass(frozen=True)
class LayerLabel:
    """What the spec calls a layer.

    Args:
        text: its last name and those of the items around it that have one, but not the names of blocks, so that a
            layer keeps it where a block is renamed or written out.
        path: of its item.
        mark: where its item is.
    """

    text: str
    path: str
    mark: Mark


class LayerNames:
    """Gives each layer a name of its own, the same for the same spec.

    Example:
        >>> names = LayerNames()
        >>> names.unique(("conv", "conv2d")), names.unique(("conv", "conv2d"))
        ('conv_conv2d', 'conv_conv2d_1')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unique(self, path: tuple[str, ...]) -> str:
        """`path` joined by `_`, with `_1`, `_2`, … where that is taken."""
        base = name = "_".join(path)
        while name in self._taken:
            self._next[base] = self._next.get(base, 0) + 1
            name = f"{base}_{self._next[base]}"
        self._taken.add(name)
        return name


@lru_cache(maxsize=1024)
def snake_case(class_name: str) -> str:
    """A class's name as Keras writes it in layer names.

    Example:
        >>> snake_case("GlobalAveragePooling2D"), snake_case("keras.BatchNormalization")
        ('global_average_pooling2d', 'batch_normalization')
    """
    name = class_name.rpartition(".")[2]
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
