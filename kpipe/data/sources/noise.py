"""A source of random images with labels that are independent of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.dataset import Dataset, Indices, Input, Target
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.source import OpenContext, Source
from kpipe.errors import ArgumentError


class Noise(Source):
    """Random images, for measuring the cost of a network and for testing a spec without its dataset.

    Each byte is drawn uniformly from 0 to 255, independently of all others and of the labels, so a model can only
    memorize the samples. An image depends only on `seed` and its index, and is generated when it is read. The classes
    `class 0`, `class 1`, ... alternate within each part. Input `image`, uint8 of `shape`; target `y`.

    Args:
        shape: height, width and channels of an image, default [32, 32, 3].
        classes: number of classes, at least 2, default 10; may exceed the number of samples.
        train: number of training samples, at least 1, default 1000.
        validation: number of validation samples, default 200; if it is 0, `data.validation` is a fraction of the
            training samples.
        test: number of test samples, default 200; if it is 0, `data.test` is a fraction of all samples.
        seed: the seed of the images, from 0 to 4294967295, default 0.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        source:
          Noise: {shape: [224, 224, 3], classes: 1000}
    """

    @check_arguments
    def __init__(
        self,
        shape: list[Annotated[int, Ge(1)]] | None = None,
        classes: Annotated[int, Ge(2)] = 10,
        train: Annotated[int, Ge(1)] = 1000,
        validation: Annotated[int, Ge(0)] = 200,
        test: Annotated[int, Ge(0)] = 200,
        seed: Annotated[int, Interval(ge=0, lt=2**32)] = 0,
    ) -> None:
        self.shape = [32, 32, 3] if shape is None else list(shape)
        self.classes = classes
        self.lengths = {"train": train, "validation": validation, "test": test}
        self.seed = seed
        if len(self.shape) != 3:
            raise ArgumentError(
                "shape", f"not the shape of an image; expected [height, width, channels], each above 0, got {shape}"
            )

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input."""
        return ("image",)

    def open(self, context: OpenContext) -> Dataset:
        """Create the labels; the images are generated when they are read."""
        return _NoiseDataset(self)


class _NoiseDataset(Dataset):
    def __init__(self, source: Noise) -> None:
        self._shape, self._seed = tuple(source.shape), source.seed
        lengths = {part: length for part, length in source.lengths.items() if length}
        labels = np.concatenate([np.arange(length, dtype=np.int64) % source.classes for length in lengths.values()])
        image = Input("image", "image", self._shape, "uint8")
        target = Target("y", "classification", tuple(f"class {index}" for index in range(source.classes)), ())
        super().__init__({"image": image}, {"y": target}, {"y": labels}, consecutive(lengths))

    def read(self, indices: Indices) -> dict[str, Any]:
        """Draw the selected images, each with a separate random generator."""
        images = np.empty((len(indices), *self._shape), np.uint8)
        for image, index in zip(images, indices, strict=True):
            image[:] = self._draw(int(index))
        return {"image": images}

    def _draw(self, index: int) -> npt.NDArray[np.uint8]:
        return np.random.default_rng((self._seed, index)).integers(0, 256, self._shape, np.uint8)
