"""Perceptual hashes of images, and small versions of them that confirm a similarity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]

#: Side of the images before the cosine transform, of the hash in coefficients, and of the small versions.
_SIDE, _BLOCK, _SMALL = 32, 8, 16
#: ITU-R BT.601, as the grey values of JPEG.
_GREY = (0.299, 0.587, 0.114)
#: Images with a smaller deviation, as a part of the range of values, have no structure that could be compared.
_LEAST_DEVIATION = 2 / 255


@dataclass(frozen=True)
class PerceptualHashes:
    """Perceptual hashes of n images.

    Args:
        hashes: 64 bits for each image, uint64 (n,).
        mirrored: those of the mirrored images, uint64 (n,).
        small: grey images of 16x16 pixels without their mean, scaled to [-127, 127], int8 (n, 16, 16).
        details: images of 32x32 pixels, scaled to [0, 255], uint8 (n, 32, 32, channels).
        usable: whether the image has at least 32x32 pixels and enough structure to be compared, bool (n,).
    """

    hashes: npt.NDArray[np.uint64]
    mirrored: npt.NDArray[np.uint64]
    small: npt.NDArray[np.int8]
    details: npt.NDArray[np.uint8]
    usable: npt.NDArray[np.bool_]


def perceptual_hashes(images: Any, largest: float) -> PerceptualHashes:
    """Return the perceptual hashes of images by the discrete cosine transform.

    The grey image is averaged to 32x32 pixels. Each bit tells whether one of the 8x8 lowest coefficients of its DCT-II
    is larger than the median of them without the first one (Zauner 2010, section 3.2.2). Re-encoding, resizing and
    changes of brightness change few bits. Mirroring changes the sign of coefficients with an odd horizontal frequency.

    Args:
        images: an array (n, height, width, channels) or a list of arrays (height, width, channels), with 1 or 3
            channels.
        largest: the largest possible value, such as 255.

    Example:
        >>> image = np.random.default_rng(0).integers(0, 256, (1, 40, 60, 3))
        >>> whole, mirrored = perceptual_hashes(image, 255), perceptual_hashes(image[:, :, ::-1], 255)
        >>> bool(whole.mirrored[0] == mirrored.hashes[0])
        True
    """
    if isinstance(images, list):
        each = [_transformed(image[np.newaxis]) for image in images]
        low, small, details = (np.concatenate(parts) for parts in zip(*each, strict=True))
    else:
        low, small, details = _transformed(np.asarray(images))
    sides = np.array([min(image.shape[:2]) for image in images])
    small = small - small.mean(axis=(1, 2), keepdims=True)
    peak = np.abs(small).max(axis=(1, 2), keepdims=True)
    signs = np.where(np.arange(_BLOCK) % 2, -1, 1).astype(np.float32)
    return PerceptualHashes(
        _bits(low),
        _bits(low * signs),
        np.rint(small * (127 / np.where(peak > 0, peak, 1))).astype(np.int8),
        np.rint(details * (255 / largest)).clip(0, 255).astype(np.uint8),
        (sides >= _SIDE) & (small.std(axis=(1, 2)) >= _LEAST_DEVIATION * largest),
    )


def _transformed(images: Values) -> tuple[Values, Values, Values]:
    """Return the lowest coefficients (n, 8, 8), small grey versions (n, 16, 16) and details (n, 32, 32, channels)."""
    count, height, width, channels = images.shape
    weights = _GREY if channels == len(_GREY) else (1.0,)
    details = np.empty((count, _SIDE, _SIDE, channels), np.float32)
    for channel in range(channels):
        values = images[..., channel].astype(np.float32)
        if width != _SIDE:
            values = (values.reshape(-1, width) @ _averages(_SIDE, width).T).reshape(count, height, _SIDE)
        details[..., channel] = values if height == _SIDE else _averages(_SIDE, height) @ values
    grey = np.zeros(details.shape[:3], np.float32)
    for channel, weight in enumerate(weights):  # a product with the vector of weights takes ten times as long
        grey += details[..., channel] * np.float32(weight)
    small = _averages(_SMALL, _SIDE) @ grey @ _averages(_SMALL, _SIDE).T
    return _cosines() @ grey @ _cosines().T, small, details


def _bits(low: Values) -> npt.NDArray[np.uint64]:
    flat = low.reshape(len(low), -1)
    above = flat > np.median(flat[:, 1:], axis=1, keepdims=True)
    bits: npt.NDArray[np.uint64] = np.packbits(above, axis=1).view(np.uint64)[:, 0]
    return bits


@cache
def _averages(target: int, size: int) -> Values:
    """Return the matrix (target, size) that averages pixels over equal parts of an axis."""
    edges = np.arange(target + 1) * size / target
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: Values = np.maximum(overlap, 0) * target / size
    return shares.astype(np.float32)


@cache
def _cosines() -> Values:
    """Return the matrix (8, 32) of the lowest frequencies of the orthonormal DCT-II."""
    angles = np.pi * np.arange(_BLOCK)[:, None] * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE)
    scale = np.where(np.arange(_BLOCK) == 0, 1, 2)[:, None] / _SIDE
    return (np.sqrt(scale) * np.cos(angles)).astype(np.float32)
