"""Blurring and sharpening as Pillow does it."""

from __future__ import annotations

from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator

from kpipe.data.transforms.albumentations_base import (
    BaseTransformInitSchema,
    ImageOnlyTransform,
    check_range_bounds,
    nondecreasing,
)

#: Pillow's `ImageFilter.SMOOTH`.
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


class Sharpness(ImageOnlyTransform):  # type: ignore[misc]
    """Blurs or sharpens an image by a random factor.

    Returns `smooth + factor * (image - smooth)`, where `smooth` is the mean of the 3 x 3 pixels around each pixel,
    which itself has the weight 5 of 13. A factor of 0 blurs, 1 returns the image, 2 sharpens. Pixels on the border do
    not change. This is `PIL.ImageEnhance.Sharpness`, which the policies of Cubuk et al., AutoAugment (2019) apply.

    Args:
        factor: range of the factor, which is uniform, at least 0, default [0.1, 1.9].
        p: probability of applying the transform, in [0, 1], default 0.5.

    Example:
        >>> image = np.zeros((3, 3, 1), np.uint8)
        >>> image[1, 1] = 130
        >>> int(Sharpness(factor=(0, 0), p=1)(image=image)["image"][1, 1, 0])
        50
    """

    class InitSchema(BaseTransformInitSchema):  # type: ignore[misc]
        """Ranges of the arguments."""

        factor: Annotated[
            tuple[float, float],
            AfterValidator(check_range_bounds(0, None)),
            AfterValidator(nondecreasing),
        ]

    def __init__(self, factor: tuple[float, float] = (0.1, 1.9), p: float = 0.5) -> None:
        super().__init__(p=p)
        self.factor = factor

    def get_params(self) -> dict[str, Any]:
        """Draw the factor."""
        return {"factor": self.py_random.uniform(*self.factor)}

    def apply(self, img: npt.NDArray[Any], factor: float, **params: Any) -> npt.NDArray[Any]:
        """Return the image blended with its smooth form by `factor`."""
        is_byte = img.dtype == np.uint8
        image = img.astype(np.float32)
        smooth = cv2.filter2D(image, -1, _SMOOTH).reshape(image.shape)
        if is_byte:
            smooth = np.floor(smooth + np.float32(0.5))
        inner = np.zeros(image.shape[:2], bool)
        inner[1:-1, 1:-1] = True
        smooth[~inner] = image[~inner]
        blended = np.clip(smooth + np.float32(factor) * (image - smooth), 0, 255 if is_byte else 1)
        made: npt.NDArray[Any] = blended.astype(img.dtype)
        return made
