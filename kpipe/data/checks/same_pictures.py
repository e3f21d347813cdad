"""The comparison of the details of images that look alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Details = npt.NDArray[np.uint8]
_Values = npt.NDArray[np.float32]

#: Largest difference of a block of 4x4 pixels in standard deviations, and of its color in values of 255.
LARGEST_DIFFERENCE, LARGEST_COLOR = 0.3, 32
#: Least part of pixels with a gradient, of images in which a correlation is enough.
LEAST_TEXTURE = 0.85
#: Gradient of a pixel that is not flat, in standard deviations.
_LEAST_GRADIENT = 0.05
_BLOCK = 4


def same_pictures(one: Details, other: Details) -> npt.NDArray[np.bool_]:
    """Return whether pairs of images with a high correlation show the same picture.

    Photos have gradients nearly everywhere, so that a high correlation is no accident. Drawings, digits or shapes on a
    flat ground agree in most pixels anyway. They are the same picture only if no block of 4x4 of their 32x32 pixels
    differs by more than 0.3 standard deviations in the mean of its grey values, scaled to the mean 0 and the deviation
    1, nor by more than 32 of 255 in the mean of a channel.

    Args:
        one: the details of n images, from `perceptual_hashes`, uint8 (n, 32, 32, channels).
        other: those of the images that they are compared with, of the same shape.

    Returns:
        bool (n,).

    Example:
        >>> digit = np.zeros((1, 32, 32, 1), np.uint8)
        >>> digit[:, 8:24, 12:16] = 255
        >>> longer = digit.copy()
        >>> longer[:, 24:28, 12:16] = 255
        >>> same_pictures(digit, digit).item(), same_pictures(digit, longer).item()
        (True, False)
    """
    first, second = _scaled(one), _scaled(other)
    textured = np.minimum(_texture(first), _texture(second)) >= LEAST_TEXTURE
    grey = np.abs(_blocks((first - second)[..., None])).max(axis=(1, 2, 3))
    color = np.abs(_blocks(one.astype(np.float32) - other)).max(axis=(1, 2, 3))
    same: npt.NDArray[np.bool_] = textured | ((grey <= LARGEST_DIFFERENCE) & (color <= LARGEST_COLOR))
    return same


def _scaled(details: Details) -> _Values:
    grey = details.mean(axis=3, dtype=np.float32)
    centered = grey - grey.mean(axis=(1, 2), keepdims=True)
    deviation = centered.std(axis=(1, 2), keepdims=True)
    scaled: _Values = centered / np.where(deviation > 0, deviation, 1)
    return scaled


def _texture(scaled: _Values) -> _Values:
    down, right = np.abs(np.diff(scaled, axis=1))[:, :, :-1], np.abs(np.diff(scaled, axis=2))[:, :-1]
    texture: _Values = (down + right >= _LEAST_GRADIENT).mean(axis=(1, 2), dtype=np.float32)
    return texture


def _blocks(values: _Values) -> _Values:
    count, height, width, channels = values.shape
    blocks = values.reshape(count, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, channels)
    means: _Values = blocks.mean(axis=(2, 4))
    return means
