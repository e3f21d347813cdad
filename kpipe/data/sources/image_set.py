"""Image files that passed their check, decoded when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices, Input
from kpipe.data.image_file import MAX_PIXELS, ImageInfo, Pixels, decode, printable
from kpipe.errors import DataError

Color = Literal["auto", "rgb", "grey"]


class ImageSet:
    """Images by index. `read` may be called by several threads at once.

    Args:
        paths: the files.
        sizes: what their check found, one for each file.
        color: `rgb` or `grey` for all; `auto` is grey if every image is grey, else RGB.
        file_column: the table's column that names the files, if one does.
        max_pixels: pixels above which an image is not decoded.

    Raises:
        DataError: some images have 8 bits a channel and others 16.

    Example:
        >>> images = ImageSet([Path("a.png")], [ImageInfo(2, 3, 1)], "auto")
        >>> images.shape
        (2, 3, 1)
    """

    def __init__(
        self,
        paths: Sequence[Path],
        sizes: Sequence[ImageInfo],
        color: Color,
        file_column: str | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self.paths = list(paths)
        self.file_column = file_column
        self._max_pixels = max_pixels
        self.dtype = _dtype(self.paths, sizes)
        self._sizes = np.array([(size.height, size.width) for size in sizes], np.int32).reshape(-1, 2)
        grey = all(size.channels == 1 for size in sizes) if color == "auto" else color == "grey"
        self.channels = 1 if grey else 3
        same = len(sizes) > 0 and bool((self._sizes == self._sizes[0]).all())
        height, width = (int(size) for size in self._sizes[0]) if same else (None, None)
        self.shape = (height, width, self.channels)

    def as_input(self, name: str) -> Input:
        """The description of these images as an input of a dataset."""
        return Input(name, "image", self.shape, self.dtype, file_column=self.file_column)

    def read(self, indices: Indices) -> Any:
        """The images as one array (n, height, width, channels), or as a list where their sizes differ.

        Raises:
            DataError: a file that was sound is damaged, missing, or of another size by now.
        """
        height, width, channels = self.shape
        if height is None or width is None:
            return [self._read(int(index)) for index in indices]
        if len(indices) == 1:
            return self._read(int(indices[0]))[np.newaxis]  # not twice in memory
        images = np.empty((len(indices), height, width, channels), self.dtype)
        for position, index in enumerate(indices):
            images[position] = self._read(int(index))
        return images

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Bytes that each of some images takes, decoded."""
        pixels: npt.NDArray[np.int64] = self._sizes[indices].astype(np.int64).prod(axis=1)
        return pixels * self.channels * np.dtype(self.dtype).itemsize

    def _read(self, index: int) -> Pixels:
        image = decode(self.paths[index], self.channels, max_pixels=self._max_pixels)
        height, width = self._sizes[index]
        if image.shape[:2] != (height, width):
            raise DataError(
                f"{printable(self.paths[index])} changed while it was in use: it had {height} x {width} pixels when it "
                "was "
                f"checked and has {image.shape[0]} x {image.shape[1]} now; start again"
            )
        if image.dtype != self.dtype:
            raise DataError(
                f"{printable(self.paths[index])} changed while it was in use: it had {self.dtype} pixels when it was "
                f"checked and has {image.dtype} now; start again"
            )
        return image


def _dtype(paths: Sequence[Path], sizes: Sequence[ImageInfo]) -> str:
    """`uint16` if all images have 16 bits a channel, `uint8` if all have 8."""
    depths = [size.depth for size in sizes]
    if len(set(depths)) > 1:
        first, other = printable(paths[depths.index(8)]), printable(paths[depths.index(16)])
        raise DataError(
            f"the images differ in depth; expected 8 or 16 bits a channel in all of them, got 8 in {depths.count(8):,} "
            f"such as {first} and 16 in {depths.count(16):,} such as {other}; convert one kind to the other, or "
            "keep them apart"
        )
    return "uint16" if 16 in depths else "uint8"
