"""The message about an image that a transform does not support."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt


def cannot_apply(name: str, image: npt.NDArray[Any], error: Exception) -> str:
    """Return why a transform cannot be applied to an image.

    Args:
        name: the name of the transform.
        image: the image, `(height, width, channels)`.
        error: what the transform raised.

    Example:
        >>> import numpy as np
        >>> cannot_apply("CLAHE", np.zeros((1, 2, 1), np.uint8), ValueError("Too small."))
        'CLAHE cannot be applied to an image of 1 x 2 pixels with 1 channel of uint8: too small'
    """
    height, width, channels = image.shape
    plural = "" if channels == 1 else "s"
    reason = " ".join(str(error).split()).partition(" You can convert")[0].rstrip(".") or type(error).__name__
    reason = ascii(reason[:1].lower() + reason[1:])[1:-1]
    return (
        f"{name} cannot be applied to an image of {height} x {width} pixels with {channels} channel{plural} of "
        f"{image.dtype}: {reason}"
    )
