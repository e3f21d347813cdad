"""Images of bytes from images that were resized."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]


def as_bytes(image: Values) -> Values:
    """Return an image of bytes, rounded if it was resized.

    Example:
        >>> as_bytes(np.array([1.6, 256.0])).tolist()
        [2, 255]
    """
    if image.dtype == np.uint8:
        return image
    rounded: Values = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return rounded
