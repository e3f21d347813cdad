"""The message about an image that a transform does not support."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[Any]

#: Height and width in pixels that are enough for any transform whose sizes are meant for smaller images.
_LARGE = 1024


def cannot_apply(name: str, image: Image, error: Exception, apply: Callable[[Image], Any] | None = None) -> str:
    """Return why a transform cannot be applied to an image, and the remedy.

    Args:
        name: the name of the transform.
        image: the image, `(height, width, channels)`.
        error: what the transform raised.
        apply: always applies the transform; it is called with a color image, with one of 8 bits and with a larger one,
            to find out which of these the transform needs. By default the message has no remedy.

    Example:
        >>> cannot_apply("CLAHE", np.zeros((1, 2, 1), np.uint8), ValueError("Too small."))
        'CLAHE cannot be applied to an image of 1 x 2 pixels with 1 channel of uint8: too small'
    """
    height, width, channels = image.shape
    plural = "" if channels == 1 else "s"
    reason = " ".join(str(error).split()).partition(" You can convert")[0].rstrip(".") or type(error).__name__
    reason = ascii(reason[:1].lower() + reason[1:])[1:-1]
    what = (
        f"{name} cannot be applied to an image of {height} x {width} pixels with {channels} channel{plural} of "
        f"{image.dtype}: {reason}"
    )
    if apply is None or _succeeds(apply, image):
        # What fails only with some draws says nothing about the image.
        return what
    for remedy, other in _others(image):
        if _succeeds(apply, other):
            return f"{what}; {remedy.format(name=name)}"
    return what


def _others(image: Image) -> Iterator[tuple[str, Image]]:
    """Yield images that differ in one way, and what makes images such."""
    height, width, channels = image.shape
    if channels == 1:
        remedy = "expected 3 channels; use color images (color: rgb in ImageFolder and Table), or remove {name}"
        yield remedy, image.repeat(3, axis=2)
    if image.dtype != np.uint8:
        byte = (image.astype(np.float32) / 257).astype(np.uint8)
        yield "expected 8 bits per channel; convert the images to 8 bits, or remove {name}", byte
    if min(height, width) < _LARGE:
        larger = np.tile(image, (-(-_LARGE // height), -(-_LARGE // width), 1))
        remedy = "expected a larger image; enlarge small images before {name}, or lower its sizes"
        yield remedy, np.ascontiguousarray(larger[: max(height, _LARGE), : max(width, _LARGE)])


def _succeeds(apply: Callable[[Image], Any], image: Image) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            apply(image)
    except Exception:
        return False
    return True
