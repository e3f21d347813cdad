"""Decoding of PNG files with 16 bits per channel, without loss of precision."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Pillow's raw modes of such files, and those of them that are grey.
DEEP_MODES = frozenset({"I;16B", "RGB;16B", "LA;16B", "RGBA;16B"})
GREY_MODES = frozenset({"I;16B", "LA;16B"})

_WHITE = 65_535
_TILE = 1 << 20
_END = b"IEND\xae\x42\x60\x82"


def deep_pixels(content: bytes, channels: int, transparent: int | None = None) -> npt.NDArray[np.uint16] | None:
    """Decode a 16-bit PNG file with OpenCV and composite transparent pixels over white.

    Compositing computes y = (x a + 65535 (65535 - a)) / 65535 with the opacity a, rounded. Color is converted to grey
    as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        content: the contents of the file.
        channels: 1 for grey, 3 for RGB.
        transparent: the grey value of transparent pixels (the chunk tRNS of a grey image).

    Returns:
        An array (height, width, channels) without the rotation specified in EXIF data; None if the file cannot be
        decoded.

    Example:
        >>> import cv2
        >>> file = cv2.imencode(".png", np.array([[1, 65535]], np.uint16))[1].tobytes()
        >>> deep_pixels(file, 1).ravel().tolist()
        [1, 65535]
    """
    import cv2

    # OpenCV would print a warning about a missing end to standard error.
    if content.rfind(_END) < 0:
        return None
    try:
        stored = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if stored is None or stored.dtype != np.uint16:
        return None
    planes = stored.reshape(*stored.shape[:2], -1)
    pixels = np.empty((*planes.shape[:2], channels), np.uint16)
    rows = max(_TILE // planes.shape[1], 1)
    for top in range(0, len(planes), rows):
        color = _over_white(planes[top : top + rows], transparent)
        pixels[top : top + rows] = color if color.shape[2] in (1, channels) else _grey(color)
    return pixels


def _over_white(planes: npt.NDArray[np.uint16], transparent: int | None) -> npt.NDArray[np.uint16]:
    """Return grey or RGB values; the order of OpenCV's channels is blue, green, red, opacity."""
    if planes.shape[2] == 1:
        return planes if transparent is None else np.where(planes == transparent, np.uint16(_WHITE), planes)
    color = planes[:, :, 2::-1]
    if planes.shape[2] == 3:
        return color
    opacity = planes[:, :, 3:].astype(np.uint32)
    # The sum is at most 65535^2 + 32767, which does not overflow uint32.
    composited = (color * opacity + _WHITE * (_WHITE - opacity) + _WHITE // 2) // _WHITE
    return composited.astype(np.uint16)


def _grey(color: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Convert RGB to grey with Pillow's integer weights, whose sum is exactly 1, so that grey pixels are unchanged."""
    red, green, blue = (color[:, :, channel].astype(np.uint32) for channel in range(3))
    grey = (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
    return grey.astype(np.uint16)[:, :, np.newaxis]
