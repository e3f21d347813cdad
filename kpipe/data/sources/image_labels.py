"""Labels that are images: masks of classes, and pixels to predict; they are decoded once, into the cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.atomic import save, write_text
from kpipe.data.images.image_file import ImageInfo, decode
from kpipe.data.images.mask_file import read_mask
from kpipe.data.npz import map_npy
from kpipe.data.sources.source import OpenContext
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.counted import counted

#: Increased when the contents of the files change.
_FORM = 1
_VALUES = 256


@dataclass(frozen=True)
class ImageLabels:
    """The files of the labels of one target.

    Args:
        name: the name of the target.
        argument: the argument of the source, for errors.
        paths: the files.
        infos: the results of their checks.
        size: height and width to which they are resized; None for their own, which must be the same.
    """

    name: str
    argument: str
    paths: Sequence[Path]
    infos: Sequence[ImageInfo]
    size: tuple[int, int] | None

    def masks(self, context: OpenContext) -> tuple[npt.NDArray[Any], list[int]]:
        """Return the class index of each pixel (n, height, width), and the value of each class in the files.

        Raises:
            ArgumentError: the sizes differ.
            DataError: a file is not a mask, or all pixels have the same value.
        """
        height, width = self._common_size()

        def read(path: Path) -> npt.NDArray[np.uint8]:
            return _resized(read_mask(path), (height, width), is_mask=True)

        folder = self._folder(context, "masks", (height, width))
        if not (folder / "values.json").exists():
            values = self._write(folder, (len(self.paths), height, width), np.uint8, read, context)
            write_text(folder / "values.json", json.dumps(values))
        values = json.loads((folder / "values.json").read_text())
        if len(values) < 2:
            raise DataError(
                f"the masks of {self.name!r} contain only the value {values[0]}; expected at least 2 classes"
            )
        return map_npy(folder / "labels.npy"), values

    def pixels(self, context: OpenContext) -> npt.NDArray[Any]:
        """Return the pixels (n, height, width, channels) as float32 from 0 to 1.

        Raises:
            ArgumentError: the sizes differ.
            DataError: a file was modified after its check.
        """
        height, width = self._common_size()
        channels = 1 if all(info.channels == 1 for info in self.infos) else 3

        def read(path: Path) -> npt.NDArray[np.float32]:
            pixels = decode(path, channels, max_pixels=context.max_pixels)
            scaled = (pixels / np.float32(np.iinfo(pixels.dtype).max)).astype(np.float32)
            return _resized(scaled, (height, width), is_mask=False)

        folder = self._folder(context, f"{channels} channels", (height, width))
        if not (folder / "labels.npy").exists():
            self._write(folder, (len(self.paths), height, width, channels), np.float32, read, context)
        return map_npy(folder / "labels.npy")

    def _common_size(self) -> tuple[int, int]:
        sizes = {(info.height, info.width) for info in self.infos}
        if self.size is None and len(sizes) > 1:
            shown = " and ".join(f"{height} x {width}" for height, width in sorted(sizes)[:2])
            message = f"the images of the target {self.name!r} differ in size; expected one size, got {shown}"
            raise ArgumentError("size", f"{message}; write `size: [height, width]`, and Resize under data.prepare")
        return self.size or next(iter(sizes))

    def _folder(self, context: OpenContext, kind: str, size: tuple[int, int]) -> Path:
        """The folder of the decoded labels, which depends on the files and how they are decoded."""
        places = "\0".join(os.fsencode(path).decode("latin-1") for path in self.paths)
        stamps = "\0".join(str(info.stamp) for info in self.infos)
        dataset = hashlib.sha256(f"{os.path.abspath(self.paths[0].parent)}\0{self.name}".encode("latin-1", "replace"))  # noqa: PTH100
        version = hashlib.sha256(f"{_FORM}\0{kind}\0{size}\0{places}\0{stamps}".encode())
        return context.cache_folder / "labels" / dataset.hexdigest()[:32] / version.hexdigest()[:32]

    def _write(
        self,
        folder: Path,
        shape: tuple[int, ...],
        dtype: Any,
        read: Callable[[Path], npt.NDArray[Any]],
        context: OpenContext,
    ) -> list[int]:
        """Decode all files into an array on disk; return the values of masks, which become indices."""
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        context.say(
            f"decoding {counted(len(self.paths), 'image')} of {self.name} once ({size / 2**30:.2f} GiB in the cache)"
        )
        counts = np.zeros(_VALUES, np.int64)

        def fill(temporary: Path) -> None:
            labels = np.lib.format.open_memmap(temporary, "w+", dtype, shape)
            for index, path in enumerate(self.paths):
                labels[index] = read(path)
                if dtype is np.uint8:
                    counts[:] += np.bincount(labels[index].ravel(), minlength=_VALUES)
            if dtype is np.uint8:
                codes = (np.cumsum(counts > 0) - 1).astype(np.uint8)
                for index in range(len(labels)):
                    labels[index] = codes[labels[index]]
            labels.flush()

        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
            if free < size:
                expected = f"expected {size / 2**30:.2f} GiB, got {free / 2**30:.2f} GiB"
                raise DataError(f"not enough disk space in {folder} for the labels of {self.name!r}; {expected}")
            save(folder / "labels.npy", fill)
        except OSError as error:
            raise DataError(f"the labels of {self.name!r} cannot be written into {folder}: {error}") from None
        _remove_older(folder)
        return [int(value) for value in np.flatnonzero(counts)]


def _resized(pixels: npt.NDArray[Any], size: tuple[int, int], *, is_mask: bool) -> npt.NDArray[Any]:
    """Return an image of another size: by the nearest pixels for masks, else by their area or linearly."""
    if pixels.shape[:2] == size:
        return pixels
    import cv2

    is_smaller = pixels.shape[0] > size[0] and pixels.shape[1] > size[1]
    how = cv2.INTER_NEAREST_EXACT if is_mask else (cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR)
    resized: npt.NDArray[Any] = cv2.resize(pixels, (size[1], size[0]), interpolation=how)
    return resized if resized.ndim == pixels.ndim else resized[..., np.newaxis]


def _remove_older(folder: Path) -> None:
    """Remove the labels of earlier versions of the files."""
    with contextlib.suppress(OSError):
        for entry in folder.parent.iterdir():
            if entry != folder:
                shutil.rmtree(entry, ignore_errors=True)
