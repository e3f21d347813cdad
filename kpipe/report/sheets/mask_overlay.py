"""Masks over pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.report.sheets.class_color import class_color
from kpipe.report.sheets.thumbnail import LARGEST_SIDE

Pixels = npt.NDArray[np.uint8]

#: The share of the color of a class.
_OPACITY = 0.55


def mask_overlay(picture: Pixels, mask: npt.NDArray[Any]) -> Pixels:
    """Return a grey version of a picture with the colors of the classes of a mask.

    Each axis has the larger number of pixels of both, at most 256; the other one is enlarged by the nearest pixel.

    Args:
        picture: RGB pixels.
        mask: the class index of each pixel, `(height, width)`.

    Example:
        >>> mask_overlay(np.zeros((2, 2, 3), np.uint8), np.zeros((4, 4), np.int64)).shape
        (4, 4, 3)
    """
    scale = min(1.0, LARGEST_SIDE / max(mask.shape))
    own = [max(round(size * scale), 1) for size in mask.shape]
    height, width = (max(pair) for pair in zip(picture.shape[:2], own, strict=True))
    grey = _nearest(picture, height, width) @ np.array([0.299, 0.587, 0.114])
    classes, places = np.unique(_nearest(mask, height, width), return_inverse=True)
    colors = np.array([class_color(int(index)) for index in classes], np.float64)[places.reshape(height, width)]
    blended: Pixels = np.rint((1 - _OPACITY) * grey[..., None] + _OPACITY * colors).astype(np.uint8)
    return blended


def _nearest(values: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Return an array of another height and width, each value that of the nearest pixel."""
    rows, columns = (
        (2 * np.arange(size) + 1) * own // (2 * size)
        for size, own in zip((height, width), values.shape[:2], strict=True)
    )
    found: npt.NDArray[Any] = values[rows[:, None], columns[None]]
    return found
