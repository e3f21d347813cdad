"""One layer of a saved model."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The shapes of the arrays of a layer, by their names within the layer.
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class SavedLayer:
    """A layer with weights in a file of Keras.

    Args:
        path: the names of the models around the layer and its own, from the outside to the inside.
        class_name: the class in snake_case, such as `conv2d`.
        shapes: the shapes of its arrays, including those of the layers that it consists of, by their place in the
            group.
        group: the group of the layer in the file.
    """

    path: tuple[str, ...]
    class_name: str
    shapes: Shapes
    group: str

    @property
    def name(self) -> str:
        """The path as in messages, such as `body/conv2d`."""
        return "/".join(self.path)

    @property
    def arrays(self) -> str:
        """The shapes as in messages.

        Example:
            >>> SavedLayer(("out",), "dense", {"0": (4, 2), "1": (2,)}, "layers/dense").arrays
            'dense [4, 2], [2]'
        """
        return f"{self.class_name} {', '.join(map(str, map(list, self.shapes.values())))}"

    def block(self, path: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
        """Return the path of the model or block in which an automatic name is numbered; None for a name of its own.

        Args:
            path: the path to look at; by default that of the layer.

        Example:
            >>> layer = SavedLayer(("net", "body_conv2d_3"), "conv2d", {}, "")
            >>> layer.block(), layer.block(("net", "stem"))
            (('net', 'body'), None)
        """
        *outer, name = self.path if path is None else path
        match = re.fullmatch(rf"(?:(.+)_)?{re.escape(self.class_name)}(?:_\d+)?", name)
        return None if match is None else (*outer, match[1] or "")
