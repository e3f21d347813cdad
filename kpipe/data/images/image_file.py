"""Decoding of image files into arrays, with a check of the complete file for damage."""

from __future__ import annotations

import io
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kpipe.data.images.deep_png import DEEP_MODES, GREY_MODES, deep_pixels
from kpipe.data.images.fast_image import FileStamp, has_fast_pixels
from kpipe.data.images.image_format import FORMATS, foreign_format
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped
from kpipe.regular_file import irregular

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

#: The formats in messages.
FORMAT_NAMES = f"{', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}"

#: Formats that OpenCV decodes without messages.
_FAST_FORMATS = frozenset({"JPEG", "PNG", "BMP", "WEBP"})

#: Color spaces that Pillow does not convert to RGB.
_OTHER_COLORS = frozenset({"LAB", "HSV"})

#: Default of `data.max_pixels`: the number of pixels above which an image is not decoded.
MAX_PIXELS = 100_000_000

_ORIENTATION = 0x0112

#: Pillow's transposition for each value of the EXIF orientation (CIPA DC-008, table 6) except 1, which is upright.
_TRANSPOSITIONS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}

#: Most pixels of an image that is decoded by OpenCV too when it is checked; the gain is small for larger ones.
_FAST_PIXELS = 1 << 22

#: Pixels that are converted at once, so that intermediate results of large images need little memory.
_TILE = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """The size and depth of a valid image.

    Args:
        height, width: in pixels, after the rotation specified in the EXIF data.
        channels: 1 for a grey image, 3 for any other.
        depth: bits per channel, 8 or 16; fewer than 8 bits are decoded as 8.
        is_fast: whether `fast_pixels` decodes the same pixels, default false.
        format: `JPEG`, `PNG`, `BMP`, `WEBP`, `TIFF` or `GIF`, by the contents; empty (default) if it is unknown.
        stamp: size and modification time of the file before its check; None (default) if they are unknown.
    """

    height: int
    width: int
    channels: int
    depth: int = 8
    is_fast: bool = field(default=False, compare=False)
    format: str = field(default="", compare=False)
    stamp: FileStamp | None = field(default=None, compare=False)


def decode(
    source: Path | bytes,
    channels: int | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    upper_eight_bits: bool = False,
) -> Pixels:
    """Decode a JPEG, PNG, BMP, WEBP, TIFF or GIF image into pixels of type uint16 for 16 bits per channel, else uint8.

    16 bits are supported in PNG and TIFF files. The image is rotated according to its EXIF data if it is valid.
    Transparent pixels are composited over white. Palettes, CMYK and YCbCr are converted to RGB. Of an animation, the
    first frame is decoded; a TIFF file with several pages is an error. Color is converted to
    grey as 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Args:
        source: a path, or the contents of the file.
        channels: 1 for grey, 3 for RGB, None (default) for grey or RGB according to the image.
        max_pixels: height times width above which nothing is decoded, at least 1, default 100 million.
        upper_eight_bits: whether to keep only the upper 8 of 16 bits, as kpipe 0.1.0 did; default false.

    Returns:
        A new array (height, width, channels).

    Raises:
        DataError: the file is missing, empty, truncated, damaged, too large, or of another format.

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
    """Decode an image and return its size and depth, and whether `fast_pixels` decodes it in the same way.

    Args:
        source: a path, or the contents of the file.
        max_pixels: height times width above which nothing is decoded, at least 1, default 100 million.

    Raises:
        ImageProblemError: the image cannot be used; the message is the reason, without the file name.
    """
    content = source if isinstance(source, bytes) else _read(source)
    name, image = _open(content)
    pixels = _pixels(name, image, content, None, max_pixels, False)
    height, width, kept = pixels.shape
    can_be_fast = name in _FAST_FORMATS and height * width <= _FAST_PIXELS
    is_fast = can_be_fast and has_fast_pixels(content, pixels)
    return ImageInfo(height, width, kept, 8 * pixels.itemsize, is_fast, name)


def require_size(height: int, width: int, max_pixels: int) -> None:
    """Check that an image has at most `max_pixels` pixels.

    Raises:
        ImageProblemError: the image has more pixels.
    """
    if height * width > max_pixels:
        raise ImageProblemError(
            f"the image is too large; expected at most {max_pixels:,} pixels (data.max_pixels), got {height} x {width} "
            f"= {height * width:,}; reduce the image, or increase data.max_pixels",
            permanent=False,
        )


class ImageProblemError(Exception):
    """An image cannot be used.

    Args:
        reason: the reason, without the file name.
        permanent: whether the problem remains until the file is modified; false for a missing permission or a limit
            on the size.
    """

    def __init__(self, reason: str, permanent: bool = True) -> None:
        super().__init__(reason)
        self.permanent = permanent


def printable(path: Path) -> str:
    r"""Return a path for messages, with unprintable characters and bytes that are not UTF-8 escaped as `\xff`.

    Example:
        >>> printable(Path("cats/é.jpg"))
        'cats/é.jpg'
    """
    return escaped(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _decode(source: Path | bytes, channels: int | None, max_pixels: int, upper_eight_bits: bool) -> Pixels:
    content = source if isinstance(source, bytes) else _read(source)
    name, image = _open(content)
    return _pixels(name, image, content, channels, max_pixels, upper_eight_bits)


def _pixels(
    name: str, image: ImageFile, content: bytes, channels: int | None, max_pixels: int, upper_eight_bits: bool
) -> Pixels:
    require_size(image.height, image.width, max_pixels)
    raw_mode = _raw_mode(image)
    if name == "TIFF":
        return _decode_tiff(image, content, channels)
    if raw_mode in DEEP_MODES and not upper_eight_bits:
        return _decode_deep(image, content, raw_mode, channels)
    return _convert(_rotate(_load(image)), channels)


def _read(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # Reading a named pipe might block indefinitely.
            raise ImageProblemError(f"is {irregular(path) or 'a folder'}; expected a file", permanent=False)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # ValueError: a path with a null character, from a table.
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageProblemError(f"cannot be opened: {reason}", permanent=False) from None


def _open(content: bytes) -> tuple[str, ImageFile]:
    """Read the header of an image; return its format and the image.

    `PIL.Image.open` is not used because its limit on pixels is a setting of the whole process.
    """
    import PIL.Image
    import PIL.TiffImagePlugin
    import PIL.WebPImagePlugin

    if not content:
        raise ImageProblemError("the file is empty")
    PIL.Image.preinit()
    for name in FORMATS:
        factory, accept = PIL.Image.OPEN[name]
        if accept is None or accept(content[:16]) is not True:
            continue
        try:
            image: Any = factory(io.BytesIO(content), "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue  # `PIL.Image.open` treats these as a sign of another format
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(error) from None
        return name, image
    if (found := foreign_format(content)) in FORMATS:
        raise ImageProblemError(f"a kind of {found} that is not supported, or damaged; save it as PNG")
    if found is not None:
        raise ImageProblemError(f"unsupported format; expected a {FORMAT_NAMES} image, got a {found} file; convert it")
    raise ImageProblemError(f"not a {FORMAT_NAMES} image, or damaged at its beginning")


def _raw_mode(image: ImageFile) -> str:
    """Return the raw mode of the stored pixels in Pillow's terms, such as `RGB;16B`, without loading them."""
    arguments = image.tile[0].args if image.tile else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _load(image: ImageFile) -> Image:
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(error) from None
    return image


def _damaged(error: Exception) -> ImageProblemError:
    # Pillow raises various exceptions for damaged files: OSError, SyntaxError, struct.error, ...
    return ImageProblemError(f"cannot be decoded: {str(error) or type(error).__name__}")


def _orientation(image: Image) -> int | None:
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except Exception:
        # Damaged EXIF data is common and does not affect the pixels, so the image is used without rotation.
        return None
    return orientation if isinstance(orientation, int) and orientation in _TRANSPOSITIONS else None


def _rotate(image: Image) -> Image:
    import PIL.Image

    orientation = _orientation(image)
    return image if orientation is None else image.transpose(PIL.Image.Transpose[_TRANSPOSITIONS[orientation]])


def _convert(image: Image, channels: int | None) -> npt.NDArray[np.uint8]:
    if image.mode in _OTHER_COLORS:
        raise ImageProblemError(f"has colors in {image.mode}; save it with grey or RGB values")
    is_grey = image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I;16")
    channels = channels or (1 if is_grey else 3)
    mode = "L" if channels == 1 else "RGB"
    pixels = np.empty((image.height, image.width, *([] if channels == 1 else [3])), np.uint8)
    for left, top, right, bottom in _tiles(image.width, image.height):
        covers_image = (right - left, bottom - top) == image.size
        tile = _over_white(_eight_bits(image if covers_image else image.crop((left, top, right, bottom))))
        pixels[top:bottom, left:right] = np.asarray(tile if tile.mode == mode else tile.convert(mode))
    return pixels[:, :, np.newaxis] if channels == 1 else pixels


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the left, top, right and bottom of tiles that cover an image."""
    tile_width = min(width, _TILE)
    tile_height = max(_TILE // tile_width, 1)
    for top in range(0, height, tile_height):
        for left in range(0, width, tile_width):
            yield left, top, min(left + tile_width, width), min(top + tile_height, height)


def _eight_bits(image: Image) -> Image:
    import PIL.Image

    if not image.mode.startswith("I"):
        if image.mode == "F":
            raise ImageProblemError("has floating-point pixels; save it with 8 or 16 bits per channel")
        return image
    if image.mode == "I":
        raise ImageProblemError("has 32 bits per channel; save it with 8 or 16 bits per channel")
    values: npt.NDArray[Any] = np.asarray(image)
    upper_bits = (values >> 8).astype(np.uint8)
    if "transparency" in image.info:
        upper_bits[values == image.info["transparency"]] = 255
    return PIL.Image.fromarray(upper_bits)


def _over_white(image: Image) -> Image:
    import PIL.Image

    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return PIL.Image.alpha_composite(PIL.Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)


def _decode_tiff(image: Any, content: bytes, channels: int | None) -> Pixels:
    from kpipe.data.images.deep_tiff import deep_tiff_pixels, is_deep_tiff

    try:
        pages, is_deep = image.n_frames, is_deep_tiff(image)
        deep = deep_tiff_pixels(content, channels) if is_deep else None
        if not is_deep:
            # Pillow rotates TIFF images when it loads them.
            image.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(error) from None
    if pages > 1:
        raise ImageProblemError(f"has {pages} pages; expected 1; save each page as a file")
    if deep is None and is_deep:
        raise ImageProblemError("a kind of 16-bit TIFF that is not supported; save it as a 16-bit PNG")
    return _convert(image, channels) if deep is None else deep


def _decode_deep(image: ImageFile, content: bytes, raw_mode: str, channels: int | None) -> npt.NDArray[np.uint16]:
    """Decode 16-bit pixels with OpenCV, which keeps all bits, after a check by Pillow, which detects damage."""
    if getattr(image, "is_animated", False):
        raise ImageProblemError("an animated 16-bit PNG; save a single frame, or 8 bits per channel")
    transparent = image.info.get("transparency")
    _load(image)
    orientation = _orientation(image)
    channels = channels or (1 if raw_mode in GREY_MODES else 3)
    pixels = deep_pixels(content, channels, transparent if isinstance(transparent, int) else None)
    if pixels is None:
        raise ImageProblemError("cannot be decoded: the 16-bit PNG is truncated or damaged")
    return pixels if orientation is None else _rotated(pixels, orientation)


def _rotated(pixels: npt.NDArray[np.uint16], orientation: int) -> npt.NDArray[np.uint16]:
    """Apply one of the `_TRANSPOSITIONS` to an array."""
    rotated = {
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: pixels[::-1].swapaxes(0, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: pixels[:, ::-1].swapaxes(0, 1),
    }
    return np.ascontiguousarray(rotated[orientation])
