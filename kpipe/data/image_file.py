"""One image file as an array: decoded whole, so that a damaged file is known as such."""

from __future__ import annotations

import io
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kpipe.data.deep_png import GREY, IS_DEEP, deep_pixels
from kpipe.data.image_format import foreign_format
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped
from kpipe.regular_file import irregular

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

#: Endings (in lower case) of the files that are taken for images; what is inside decides how they are read.
ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib"})

FORMATS = ("JPEG", "PNG", "BMP")

#: Pixels above which an image is not decoded, where a spec does not set `data.max_pixels`.
MAX_PIXELS = 100_000_000

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

#: Pixels that are converted at once: an image of any size needs little more than itself and the result.
_TILE = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a sound image is.

    Args:
        height, width: in pixels, after the rotation that its EXIF data ask for.
        channels: 1 for a grey image, 3 for any other.
        depth: bits a channel, 8 or 16; fewer than 8 become 8.
    """

    height: int
    width: int
    channels: int
    depth: int = 8


def decode(
    source: Path | bytes,
    channels: int | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    upper_eight_bits: bool = False,
) -> Pixels:
    """The pixels of a JPEG, PNG or BMP image (height, width, channels): uint16 for a PNG of 16 bits, else uint8.

    The rotation of the EXIF data is applied where they are sound; transparent pixels are composited over white;
    palettes, CMYK and YCbCr become RGB; of an animation the first frame. Color becomes grey as
    0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        source: a file, or its contents.
        channels: 1 for grey, 3 for RGB, None for what the image is itself.
        max_pixels: height times width above which nothing is decoded, at least 1, default 100 million.
        upper_eight_bits: whether to read 16 bits as kpipe 0.1.0 did, which kept the upper 8; default false.

    Returns:
        A new array, rows from the top.

    Raises:
        DataError: the file is missing, empty, truncated, damaged, too large, or not a JPEG, PNG or BMP image.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (4, 2), (255, 0, 0)).save(file, "PNG")
        >>> decode(file.getvalue()).shape
        (2, 4, 3)
    """
    try:
        return _decode(source, channels, max_pixels, upper_eight_bits)
    except ImageProblemError as problem:
        name = "the image" if isinstance(source, bytes) else printable(source)
        raise DataError(f"{name}: {problem}") from None


def check(source: Path | bytes, max_pixels: int = MAX_PIXELS) -> ImageInfo:
    """Decodes an image and returns its size and depth.

    Args:
        source: a file, or its contents.
        max_pixels: height times width above which nothing is decoded, at least 1, default 100 million.

    Raises:
        ImageProblemError: the image cannot be used; the text is the reason, without the file's name.
    """
    pixels = _decode(source, None, max_pixels, False)
    height, width, kept = pixels.shape
    return ImageInfo(height, width, kept, 8 * pixels.itemsize)


def require_size(height: int, width: int, max_pixels: int) -> None:
    """Refuses an image of more pixels than allowed.

    Raises:
        ImageProblemError: there are more.
    """
    if height * width > max_pixels:
        raise ImageProblemError(
            f"the image has {height} x {width} pixels; expected at most {max_pixels:,} (data.max_pixels), got "
            f"{height * width:,}; reduce the image, or raise data.max_pixels",
            lasting=False,
        )


class ImageProblemError(Exception):
    """Why an image cannot be used.

    Args:
        reason: the reason, without the file's name.
        lasting: whether it stays so as long as the file is not written again (a missing permission may be
            granted, a limit raised).
    """

    def __init__(self, reason: str, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


def printable(path: Path) -> str:
    r"""A path as messages show it: what a terminal would not show as itself, and bytes that are not UTF-8, as `\xff`.

    Example:
        >>> printable(Path("cats/é.jpg"))
        'cats/é.jpg'
    """
    return escaped(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _decode(source: Path | bytes, channels: int | None, max_pixels: int, upper_eight_bits: bool) -> Pixels:
    content = source if isinstance(source, bytes) else _content(source)
    if not content:
        raise ImageProblemError("the file is empty")
    image = _opened(content)
    require_size(image.height, image.width, max_pixels)
    form = _stored_form(image)
    if form in IS_DEEP and not upper_eight_bits:
        return _deep(image, content, form, channels)
    return _converted(_upright(_loaded(image)), channels)


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # A named pipe would be waited for without end.
            raise ImageProblemError(f"is {irregular(path) or 'a folder'}; expected a file", lasting=False)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # ValueError: a path with a null character, from a table.
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageProblemError(f"cannot be opened: {reason}", lasting=False) from None


def _opened(content: bytes) -> ImageFile:
    """The image with its header read; `PIL.Image.open` without its own limit on pixels, which is the process'."""
    import PIL.Image

    PIL.Image.preinit()
    for name in FORMATS:
        factory, accept = PIL.Image.OPEN[name]
        if accept is None or accept(content[:16]) is not True:
            continue
        try:
            image: Any = factory(io.BytesIO(content), "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue  # `PIL.Image.open` takes these for another format
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(error) from None
        return image  # type: ignore[no-any-return]
    if (found := foreign_format(content)) is not None:
        raise ImageProblemError(f"a {found} file, not a JPEG, PNG or BMP image; convert it")
    raise ImageProblemError("not a JPEG, PNG or BMP image, or damaged at its beginning")


def _stored_form(image: ImageFile) -> str:
    """How Pillow names the layout of the stored pixels, such as `RGB;16B`; known before they are loaded."""
    arguments = image.tile[0].args if image.tile else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _loaded(image: ImageFile) -> Image:
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(error) from None
    return image


def _damaged(error: Exception) -> ImageProblemError:
    # Pillow's readers answer damaged files with various exceptions: OSError, SyntaxError,
    # struct.error, ...
    return ImageProblemError(f"cannot be decoded: {str(error) or type(error).__name__}")


def _orientation(image: Image) -> int | None:
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except Exception:
        # Damaged EXIF data are common and do not affect the pixels: such an image stays as it is stored.
        return None
    return orientation if isinstance(orientation, int) and orientation in _TURNS else None


def _upright(image: Image) -> Image:
    import PIL.Image

    orientation = _orientation(image)
    return image if orientation is None else image.transpose(PIL.Image.Transpose[_TURNS[orientation]])


def _converted(image: Image, channels: int | None) -> npt.NDArray[np.uint8]:
    natural = 1 if image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I;16") else 3
    wanted = channels or natural
    mode = "L" if wanted == 1 else "RGB"
    pixels = np.empty((image.height, image.width, *([] if wanted == 1 else [3])), np.uint8)
    for left, top, right, bottom in _tiles(image.width, image.height):
        whole = (right - left, bottom - top) == image.size
        plain = _over_white(_eight_bits(image if whole else image.crop((left, top, right, bottom))))
        pixels[top:bottom, left:right] = np.asarray(plain if plain.mode == mode else plain.convert(mode))
    return pixels[:, :, np.newaxis] if wanted == 1 else pixels


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right and bottom of parts that cover an image."""
    wide = min(width, _TILE)
    high = max(_TILE // wide, 1)
    for top in range(0, height, high):
        for left in range(0, width, wide):
            yield left, top, min(left + wide, width), min(top + high, height)


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


def _deep(image: ImageFile, content: bytes, form: str, channels: int | None) -> npt.NDArray[np.uint16]:
    """Pixels of 16 bits: checked by Pillow, which finds damage, and decoded by OpenCV, which keeps all bits."""
    if getattr(image, "is_animated", False):
        raise ImageProblemError("an animated PNG of 16 bits a channel; save one frame, or 8 bits")
    transparent = image.info.get("transparency")
    _loaded(image)
    orientation = _orientation(image)
    wanted = channels or (1 if form in GREY else 3)
    pixels = deep_pixels(content, wanted, transparent if isinstance(transparent, int) else None)
    if pixels is None:
        raise ImageProblemError("cannot be decoded: the PNG file of 16 bits is truncated or damaged")
    return pixels if orientation is None else _turned(pixels, orientation)


def _turned(pixels: npt.NDArray[np.uint16], orientation: int) -> npt.NDArray[np.uint16]:
    """What `_TURNS` does, for an array."""
    turned = {
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: pixels[::-1].swapaxes(0, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: pixels[:, ::-1].swapaxes(0, 1),
    }
    return np.ascontiguousarray(turned[orientation])
