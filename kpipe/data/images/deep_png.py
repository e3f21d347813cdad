"""Decoding of PNG files with 16 bits per channel, without loss of precision."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpipe.data.images.deep_color import deep_color

#: Pillow's raw modes of such files, and those of them that are grey.
DEEP_MODES = frozenset({"I;16B", "RGB;16B", "LA;16B", "RGBA;16B"})
GREY_MODES = frozenset({"I;16B", "LA;16B"})

_WHITE = 65_535
_END = b"IEND\xae\x42\x60\x82"


def deep_pixels(content: bytes, channels: int, transparent: int | None = None) -> npt.NDArray[np.uint16] | None:
    """Decode a 16-bit PNG file with OpenCV and composite transparent pixels over white; see `deep_color`.

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
    if planes.shape[2] == 1:
        grey = planes if transparent is None else np.where(planes == transparent, np.uint16(_WHITE), planes)
        return deep_color(grey, None, channels)
    # The order of OpenCV's channels is blue, green, red, opacity.
    return deep_color(planes[:, :, 2::-1], planes[:, :, 3:] if planes.shape[2] == 4 else None, channels)
