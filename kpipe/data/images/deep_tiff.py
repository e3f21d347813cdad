"""Decoding of TIFF files with 16 bits per channel, without loss of precision."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from kpipe.data.images.deep_color import deep_color

_WHITE = 65_535

#: Pillow's raw modes with the upper byte of each channel, and those with the lower one.
_NATIVE_SWAPPED = "B" if sys.byteorder == "little" else "L"
_LOWER = {
    f"{mode};16{order}": f"{mode};16{swapped}"
    for mode in ("RGB", "RGBA", "RGBX")
    for order, swapped in (("L", "B"), ("B", "L"), ("N", _NATIVE_SWAPPED))
}


def is_deep_tiff(image: Any) -> bool:
    """Return whether a TIFF image has 16 bits per channel."""
    return 16 in image.tag_v2.get(BITSPERSAMPLE, ())


def deep_tiff_pixels(content: bytes, channels: int | None) -> npt.NDArray[np.uint16] | None:
    """Decode a TIFF file with 16 bits per channel; see `deep_color` for transparent pixels and grey.

    Pillow keeps all bits of grey images, but only the upper byte of colors. The lower byte is decoded as the upper one
    of the other byte order. Pillow also applies the orientation.

    Args:
        content: the contents of the file.
        channels: 1 for grey, 3 for RGB, None for grey or RGB according to the image.

    Returns:
        An array (height, width, channels); None for a kind of TIFF that is not supported.

    Example:
        >>> import cv2
        >>> deep_tiff_pixels(cv2.imencode(".tiff", np.full((1, 1, 3), 1234, np.uint16))[1].tobytes(), None).tolist()
        [[[1234, 1234, 1234]]]
    """
    image: Any = TiffImageFile(io.BytesIO(content))
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint16)[:, :, np.newaxis]
        # Pillow does not invert images whose 0 is white.
        grey = _WHITE - values if image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0 else values
        return deep_color(grey, None, channels or 1)
    if any(tile.args[0] not in _LOWER for tile in image.tile):
        return None
    lower: Any = TiffImageFile(io.BytesIO(content))
    lower.tile = [tile._replace(args=(_LOWER[tile.args[0]], *tile.args[1:])) for tile in lower.tile]
    planes = np.asarray(image).astype(np.uint16) << 8 | np.asarray(lower)
    return deep_color(planes[:, :, :3], planes[:, :, 3:] if planes.shape[2] == 4 else None, channels or 3)
