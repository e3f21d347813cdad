"""Reading of masks: images whose pixels are classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kpipe.data.images.image_file import printable
from kpipe.errors import DataError

#: Modes of Pillow whose values are the classes: palettes, 8 bits, 1 bit.
_MODES = ("P", "L", "1")


def read_mask(path: Path) -> npt.NDArray[np.uint8]:
    """Return the values of the pixels of a mask (height, width), from 0 to 255.

    Of an image with a palette, the values are the indices of the colors; of one with 1 bit per pixel, 0 and 1. A color
    image must have equal channels.

    Raises:
        DataError: the pixels are colors, or have more than 8 bits.
    """
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode in _MODES:
            return np.array(upright, np.uint8)
        if upright.mode not in ("RGB", "RGBA"):
            raise DataError(
                f"{printable(path)}: the pixels of a mask are classes; expected 8 bits per pixel, got the mode "
                f"{upright.mode}; save it as an 8-bit grey image"
            )
        pixels = np.array(upright, np.uint8)[..., :3]
    if (pixels != pixels[..., :1]).any():
        raise DataError(
            f"{printable(path)}: the pixels of a mask are classes; expected a grey image or one with a palette, got "
            "colors; replace each color by the number of its class"
        )
    return np.ascontiguousarray(pixels[..., 0])
