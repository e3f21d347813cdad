"""One image file as an array: decoded whole, so that a damaged file is known as such."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

#: Endings (in lower case) of the files that are taken for images; what is inside decides how they are read.
ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib"})

FORMATS = ("JPEG", "PNG", "BMP")

_ORIENTATION = 0x0112

#: What Pillow has to do for each value of the EXIF orientation (CIPA DC-008, table 6) but 1, upright.
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a sound image is.

    Args:
        height, width: in pixels, after the rotation that its EXIF data ask for.
        channels: 1 for a grey image, 3 for any other.
    """

    height: int
    width: int
    channels: int


def decode(source: Path | bytes, channels: int | None = None) -> npt.NDArray[np.uint8]:
    """The pixels of a JPEG, PNG or BMP image as uint8 (height, width, channels).

    The rotation of the EXIF data is applied where they are sound; transparent pixels are laid over white;
    palettes, CMYK and YCbCr become RGB; of 16 bits a channel the upper 8 are kept; of an animation the first
    frame. Colour becomes grey as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        source: a file, or its contents.
        channels: 1 for grey, 3 for RGB, None for what the image is itself.

    Returns:
        A new array, rows from the top.

    Raises:
        DataError: the file is missing, empty, truncated, damaged, or not a JPEG, PNG or BMP image.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (4, 2), (255, 0, 0)).save(file, "PNG")
        >>> decode(file.getvalue()).shape
        (2, 4, 3)
    """
    try:
        return _decode(source, channels)
    except ImageProblemError as problem:
        name = "the image" if isinstance(source, bytes) else printable(source)
        raise DataError(f"{name}: {problem}") from None


def check(source: Path | bytes) -> ImageInfo:
    """Decodes an image and tells its size.

    Args:
        source: a file, or its contents.

    Raises:
        ImageProblemError: the image cannot be used; the text is the reason, without the file's name.
    """
    height, width, channels = _decode(source, None).shape
    return ImageInfo(height, width, channels)


class ImageProblemError(Exception):
    """Why an image cannot be used.

    Args:
        reason: the reason, without the file's name.
        lasting: whether it stays so as long as the file is not written again (a missing permission may be
            granted).
    """

    def __init__(self, reason: str, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


def printable(path: Path) -> str:
    r"""A path as text that can be written anywhere; bytes that are not UTF-8 are shown as `\xff`.

    Example:
        >>> printable(Path("cats/é.jpg"))
        'cats/é.jpg'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _decode(source: Path | bytes, channels: int | None) -> npt.NDArray[np.uint8]:
    content = source if isinstance(source, bytes) else _content(source)
    if not content:
        raise ImageProblemError("the file is empty")
    image = _loaded(content)
    natural = 1 if image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I;16") else 3
    wanted = channels or natural
    plain = _over_white(_eight_bits(image))
    mode = "L" if wanted == 1 else "RGB"
    pixels = np.array(plain if plain.mode == mode else plain.convert(mode))
    return pixels[:, :, np.newaxis] if wanted == 1 else pixels


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # A named pipe would be waited for without end.
            raise ImageProblemError("is no file", lasting=False)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # ValueError: a path with a null character, from a table.
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageProblemError(f"cannot be opened: {reason}", lasting=False) from None


def _loaded(content: bytes) -> Image:
    import PIL.Image

    try:
        image = PIL.Image.open(io.BytesIO(content), formats=FORMATS)
        image.load()
        return _upright(image)
    except PIL.UnidentifiedImageError:
        raise ImageProblemError("not a JPEG, PNG or BMP image, or damaged at its beginning") from None
    except MemoryError:
        raise
    except Exception as error:
        # Pillow's readers answer damaged files with whatever they stumble over: OSError, SyntaxError,
        # struct.error, ...
        raise ImageProblemError(f"cannot be decoded: {str(error) or type(error).__name__}") from None


def _upright(image: Image) -> Image:
    import PIL.Image

    try:
        orientation = image.getexif().get(_ORIENTATION)
    except Exception:
        # Damaged EXIF data are common and say nothing about the pixels: such an image stays as it is stored.
        return image
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(PIL.Image.Transpose[turn])


def _eight_bits(image: Image) -> Image:
    import PIL.Image

    if not image.mode.startswith("I"):
        if image.mode == "F":
            raise ImageProblemError("has floating-point pixels; save it with 8 or 16 bits a channel")
        return image
    if image.mode == "I":
        raise ImageProblemError("has 32 bits a channel; save it with 8 or 16")
    values: npt.NDArray[Any] = np.asarray(image)
    shown = (values >> 8).astype(np.uint8)
    if "transparency" in image.info:
        shown[values == image.info["transparency"]] = 255
    return PIL.Image.fromarray(shown)


def _over_white(image: Image) -> Image:
    import PIL.Image

    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return PIL.Image.alpha_composite(PIL.Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)
