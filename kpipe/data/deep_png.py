"""The pixels of a PNG file of 16 bits a channel, all of them kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: How Pillow names the layouts of such files, and those of them that are grey.
IS_DEEP = frozenset({"I;16B", "RGB;16B", "LA;16B", "RGBA;16B"})
GREY = frozenset({"I;16B", "LA;16B"})

_WHITE = 65_535
_TILE = 1 << 20
_END = b"IEND\xae\x42\x60\x82"


def deep_pixels(content: bytes, channels: int, transparent: int | None = None) -> npt.NDArray[np.uint16] | None:
    """Decodes a PNG file of 16 bits with OpenCV; transparent pixels are composited over white.

    Over white: y = (x a + 65535 (65535 - a)) / 65535 with the opacity a, rounded. Color becomes grey as
    0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        content: the file.
        channels: 1 for grey, 3 for RGB.
        transparent: the grey value that represents a transparent pixel (the chunk tRNS of a grey image).

    Returns:
        (height, width, channels) as stored, without the rotation of EXIF data; None where it cannot be decoded.

    Example:
        >>> import cv2
        >>> file = cv2.imencode(".png", np.array([[1, 65535]], np.uint16))[1].tobytes()
        >>> deep_pixels(file, 1).ravel().tolist()
        [1, 65535]
    """
    import cv2

    # OpenCV complains of a missing end on standard error, directly.
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
    """Grey or RGB; OpenCV has blue, green, red, and opacity where there is any."""
    if planes.shape[2] == 1:
        return planes if transparent is None else np.where(planes == transparent, np.uint16(_WHITE), planes)
    color = planes[:, :, 2::-1]
    if planes.shape[2] == 3:
        return color
    opacity = planes[:, :, 3:].astype(np.uint32)
    # At most 65535 squared, and half a step: it fits.
    laid = (color * opacity + _WHITE * (_WHITE - opacity) + _WHITE // 2) // _WHITE
    return laid.astype(np.uint16)


def _grey(color: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Pillow's weights for 8 bits, in units of 1/65536: of equal channels grey is the channel itself."""
    red, green, blue = (color[:, :, channel].astype(np.uint32) for channel in range(3))
    grey = (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
    return grey.astype(np.uint16)[:, :, np.newaxis]
