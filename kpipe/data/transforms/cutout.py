"""Squares of an image replaced by one value."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from kpipe.data.transforms.albumentations_base import BaseTransformInitSchema, ImageOnlyTransform


class Cutout(ImageOnlyTransform):  # type: ignore[misc]
    """Replaces a square around a random pixel by one value.

    DeVries & Taylor, Improved Regularization of Convolutional Neural Networks with Cutout (2017), section 3.2: the
    center is uniform over all pixels, so that the square may lie partly outside of the image. (The holes of
    `CoarseDropout` lie within it.) The paper uses 16 pixels for CIFAR-10 and 8 for CIFAR-100.

    Args:
        size: height and width of the square in pixels, at least 1, default 16.
        count: number of squares, at least 1, default 1; they may overlap.
        fill: value of the replaced pixels, in [0, 255], default 0; of 16-bit images a fraction in [0, 1]. The paper's
            zero is the mean of the training set, since it normalizes before.
        p: probability of applying the transform, in [0, 1], default 1.

    Example:
        >>> image = np.full((4, 4, 1), 9, np.uint8)
        >>> int(Cutout(size=100)(image=image)["image"].max())
        0
    """

    class InitSchema(BaseTransformInitSchema):  # type: ignore[misc]
        """Ranges of the arguments."""

        size: Annotated[int, Field(ge=1)]
        count: Annotated[int, Field(ge=1)]
        fill: Annotated[float, Field(ge=0, le=255)]

    def __init__(self, size: int = 16, count: int = 1, fill: float = 0, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.size, self.count, self.fill = size, count, fill

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the centers."""
        height, width = params["shape"][:2]
        return {"centers": self.random_generator.integers(0, [height, width], (self.count, 2))}

    def apply(self, img: npt.NDArray[Any], centers: npt.NDArray[np.int64], **params: Any) -> npt.NDArray[Any]:
        """Return the image with the squares around `centers` replaced."""
        cut = img.copy()
        for row, column in centers - self.size // 2:
            cut[max(row, 0) : max(row + self.size, 0), max(column, 0) : max(column + self.size, 0)] = self.fill
        return cut
