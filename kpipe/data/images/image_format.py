"""Detection of file formats by their first bytes."""

from __future__ import annotations

import os

#: The formats that kpipe decodes, with the endings (in lower case) of their files.
FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "BMP": (".bmp", ".dib"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
}

#: The format by the ending of a file; the contents decide.
ENDINGS = {ending: name for name, endings in FORMATS.items() for ending in endings}

#: First bytes that hardly occur in other files, unlike those of BMP (two letters) and TIFF (raw photos of cameras).
_DISTINCT = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")

_FIRST = {
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "BigTIFF",
    b"MM\0+": "BigTIFF",
    b"8BPS": "Photoshop",
    b"\0\0\1\0": "ICO",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"v/1\x01": "OpenEXR",
    b"%PDF": "PDF",
    b"<svg": "SVG",
    b"<?xml": "XML",
    b"<!DOCTYPE": "HTML",
    b"<html": "HTML",
    b"version https://git-lfs": "Git LFS pointer",
    b"PK\x03\x04": "ZIP",
    b"\x93NUMPY": "NumPy",
}

_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}


def foreign_format(content: bytes) -> str | None:
    r"""Return the name of the format, other than JPEG, PNG and BMP, that a file begins like; None if it is not known.

    Args:
        content: the contents of the file, or its first 32 bytes.

    Example:
        >>> foreign_format(b"8BPS\0\1")
        'Photoshop'
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12])
    return next((name for start, name in _FIRST.items() if content.startswith(start)), None)


def begins_like_image(path: str) -> bool:
    """Return whether a file begins like a JPEG, PNG, WEBP or GIF file, for files with an unknown ending."""
    try:
        # Opening a named pipe without O_NONBLOCK might block indefinitely.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            content = os.read(descriptor, 12)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return False
    return content.startswith(_DISTINCT) or (content[:4] == b"RIFF" and content[8:] == b"WEBP")
