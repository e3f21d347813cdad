"""Random shifts of color along the principal components of ImageNet's pixels."""

from __future__ import annotations

from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from kpipe.data.transforms.albumentations_base import BaseTransformInitSchema, ImageOnlyTransform

#: Of the covariance of red, green and blue in [0, 1] over pixels of ImageNet; the vectors are columns.
_EIGENVALUES = np.array([0.2175, 0.0188, 0.0045])
_EIGENVECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])


class Lighting(ImageOnlyTransform):  # type: ignore[misc]
    """Adds one random color to all pixels of an image.

    For values in [0, 1], the color is p1 a1 l1 + p2 a2 l2 + p3 a3 l3 with the principal components p of the colors of
    ImageNet, the eigenvalues l of their covariance, and a drawn from a normal distribution (Krizhevsky, Sutskever &
    Hinton, ImageNet Classification with Deep Convolutional Neural Networks (2012), section 4.1). The components are
    those of Gross & Wilber, Training and Investigating Residual Nets (2016). Values are clipped to the range of the
    type. (`FancyPCA` scales each pixel by the components of its own image instead, which changes images of bytes by
    less than one level.)

    Args:
        alpha: standard deviation of a, at least 0, default 0.1, which changes the brightness by about 3 levels of 255.
        p: probability of applying the transform, in [0, 1], default 1.

    Raises:
        ValueError: the image does not have three channels.

    Example:
        >>> made = Lighting(alpha=1)(image=np.full((2, 2, 3), 128, np.uint8))["image"]
        >>> len(np.unique(made.reshape(-1, 3), axis=0))
        1
    """

    class InitSchema(BaseTransformInitSchema):  # type: ignore[misc]
        """Ranges of the arguments."""

        alpha: Annotated[float, Field(ge=0)]

    def __init__(self, alpha: float = 0.1, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.alpha = alpha

    def get_params(self) -> dict[str, Any]:
        """Draw the color."""
        return {"color": _EIGENVECTORS @ (self.random_generator.normal(0, self.alpha, 3) * _EIGENVALUES)}

    def apply(self, img: npt.NDArray[Any], color: npt.NDArray[np.float64], **params: Any) -> npt.NDArray[Any]:
        """Return the image with `color` added."""
        if img.shape[2:] != (3,):
            raise ValueError("expected a color image with 3 channels")
        if img.dtype != np.uint8:
            return np.clip(img + color, 0, 1).astype(img.dtype)
        table = np.clip(np.rint(np.arange(256)[:, None] + 255 * color), 0, 255).astype(np.uint8)
        made: npt.NDArray[Any] = cv2.LUT(img, table[None])
        return made
