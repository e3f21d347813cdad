"""Conversion of pixels with 16 bits per channel to grey or RGB, over white."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Deep = npt.NDArray[np.uint16]

_WHITE = 65_535
_TILE = 1 << 20


def deep_color(color: Deep, opacity: Deep | None, channels: int) -> Deep:
    """Composite pixels over white and convert them to grey or RGB.

    Compositing computes y = (x a + 65535 (65535 - a)) / 65535 with the opacity a, rounded. Color is converted to grey
    as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        color: an array (height, width, 1 or 3), grey or RGB.
        opacity: an array (height, width, 1); None if all pixels are opaque.
        channels: 1 for grey, 3 for RGB.

    Returns:
        A new array (height, width, channels).

    Example:
        >>> deep_color(np.array([[[257]]], np.uint16), np.array([[[0]]], np.uint16), 3).tolist()
        [[[65535, 65535, 65535]]]
    """
    pixels = np.empty((*color.shape[:2], channels), np.uint16)
    # Intermediate results of large images would need much memory.
    rows = max(_TILE // color.shape[1], 1)
    for top in range(0, len(color), rows):
        tile = slice(top, top + rows)
        opaque = color[tile] if opacity is None else _over_white(color[tile], opacity[tile])
        pixels[tile] = opaque if opaque.shape[2] in (1, channels) else _grey(opaque)
    return pixels


def _over_white(color: Deep, opacity: Deep) -> Deep:
    wide = opacity.astype(np.uint32)
    # The sum is at most 65535^2 + 32767, which does not overflow uint32.
    composited = (color * wide + _WHITE * (_WHITE - wide) + _WHITE // 2) // _WHITE
    return composited.astype(np.uint16)


def _grey(color: Deep) -> Deep:
    """Convert RGB to grey with Pillow's integer weights, whose sum is exactly 1, so that grey pixels are unchanged."""
    red, green, blue = (color[:, :, channel].astype(np.uint32) for channel in range(3))
    grey = (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
    return grey.astype(np.uint16)[:, :, np.newaxis]
