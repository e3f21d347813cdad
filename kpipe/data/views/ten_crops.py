"""Ten crops of an image."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Image = npt.NDArray[Any]


def ten_crops(image: Image, height: int, width: int) -> list[Image]:
    """Return the four corners and the center of an image, and the mirror images of these crops.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012,
    section 4.1.

    Args:
        image: (image height, image width, channels).
        height: the height of a crop in pixels, at most that of the image.
        width: the width of a crop in pixels, at most that of the image.

    Returns:
        The crops at the top left, top right, bottom left, bottom right and the center, then their mirror images in the
        same order. The center is that of `CenterCrop`.

    Example:
        >>> import numpy as np
        >>> [crop.item() for crop in ten_crops(np.arange(9).reshape(3, 3, 1), 1, 1)[:5]]
        [0, 2, 6, 8, 4]
    """
    bottom, right = image.shape[0] - height, image.shape[1] - width
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    crops = [image[top : top + height, left : left + width] for top, left in places]
    return [*crops, *(crop[:, ::-1] for crop in crops)]
