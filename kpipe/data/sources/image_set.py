"""Image files that passed their check, decoded when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices, Input
from kpipe.data.image_file import ImageInfo, decode, printable
from kpipe.errors import DataError

Color = Literal["auto", "rgb", "grey"]


class ImageSet:
    """Images by index. `read` may be called by several threads at once.

    Args:
        paths: the files.
        sizes: what their check found, one for each file.
        color: `rgb` or `grey` for all; `auto` is grey if every image is grey, else RGB.
        file_column: the table's column that names the files, if one does.

    Example:
        >>> images = ImageSet([Path("a.png")], [ImageInfo(2, 3, 1)], "auto")
        >>> images.shape
        (2, 3, 1)
    """

    def __init__(
        self, paths: Sequence[Path], sizes: Sequence[ImageInfo], color: Color, file_column: str | None = None
    ) -> None:
        self.paths = list(paths)
        self.file_column = file_column
        self._sizes = np.array([(size.height, size.width) for size in sizes], np.int32).reshape(-1, 2)
        grey = all(size.channels == 1 for size in sizes) if color == "auto" else color == "grey"
        self.channels = 1 if grey else 3
        same = len(sizes) > 0 and bool((self._sizes == self._sizes[0]).all())
        height, width = (int(size) for size in self._sizes[0]) if same else (None, None)
        self.shape = (height, width, self.channels)

    def as_input(self, name: str) -> Input:
        """The description of these images as an input of a data set."""
        return Input(name, "image", self.shape, "uint8", file_column=self.file_column)

    def read(self, indices: Indices) -> Any:
        """The images as one uint8 array (n, height, width, channels), or as a list where their sizes differ.

        Raises:
            DataError: a file that was sound is damaged, missing, or of another size by now.
        """
        images = [self._read(int(index)) for index in indices]
        if self.shape[0] is None:
            return images
        return np.stack(images) if images else np.empty((0, *self.shape), np.uint8)

    def _read(self, index: int) -> npt.NDArray[np.uint8]:
        image = decode(self.paths[index], self.channels)
        height, width = self._sizes[index]
        if image.shape[:2] != (height, width):
            raise DataError(
                f"{printable(self.paths[index])} changed while it was in use: it had {height} x {width} pixels when it "
                "was "
                f"checked and has {image.shape[0]} x {image.shape[1]} now; start again"
            )
        return image
