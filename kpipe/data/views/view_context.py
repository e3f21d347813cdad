"""What a test-time augmentation knows about an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from kpipe.data.as_bytes import as_bytes
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.evaluation import Evaluation

Image = npt.NDArray[Any]


@dataclass(frozen=True)
class ViewContext:
    """The images of one input, and their transforms.

    Args:
        name: the name of the input.
        shape: the shape (height, width, channels) of the images that the model receives.
        raw_dtype: the NumPy name of the type of the images in the source.
        decoded: the shape of the decoded images, with None for sizes that differ; by default `shape`.
        evaluation: the transforms of an evaluation; None (default) for none.
        augmentation: the augmentation of the training images; None (default) for none.
        seed: the seed of the spec, default 0.
        number: the position of the input in the dataset, from 0.

    Example:
        >>> import numpy as np
        >>> crop = Evaluation([{"CenterCrop": {"height": 2, "width": 2}}])
        >>> context = ViewContext("image", (2, 2, 1), "uint8", evaluation=crop)
        >>> context.evaluated(np.zeros((6, 6, 1), np.uint8)).shape
        (2, 2, 1)
    """

    name: str
    shape: tuple[int, int, int]
    raw_dtype: str
    decoded: tuple[int | None, ...] = ()
    evaluation: Evaluation | None = None
    augmentation: Augmentation | None = None
    seed: int = 0
    number: int = 0

    def evaluated(self, image: Image) -> Image:
        """Return an image as an evaluation without views uses it."""
        return image if self.evaluation is None else self.evaluation.image(image)

    def augmented(self, image: Image, sample: int, draw: int) -> Image:
        """Return a draw of the training augmentation, which depends only on the seed, the sample and the draw.

        Args:
            image: the decoded image.
            sample: the index of the sample, from 0.
            draw: the number of the draw, from 0.

        Raises:
            DataError: a transform cannot be applied to the image.
        """
        if self.augmentation is None:
            return image
        byte = as_bytes(image) if self.raw_dtype == "uint8" else image
        return self.augmentation(byte, self.seed, draw, sample, self.number, for_views=True)
