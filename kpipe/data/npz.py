"""Memory-mapped arrays of `.npy` and `.npz` files."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError
from kpipe.messages.escaped import escaped
from kpipe.regular_file import irregular

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
_MAGIC = struct.Struct("<6sBB")
_VERSIONS = ((1, 0), (2, 0), (3, 0))

#: Most bytes of the header of an array of numbers or strings.
MAX_HEADER = 1 << 16


def map_npy(path: Path) -> npt.NDArray[Any]:
    """Return the array of an `.npy` file as a read-only memory map.

    Args:
        path: a file written by `numpy.save`.

    Raises:
        DataError: the file is missing, truncated or not an `.npy` file, or it contains Python objects.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "x.npy"
        >>> np.save(path, np.arange(6).reshape(2, 3))
        >>> map_npy(path)[1].tolist()
        [3, 4, 5]
    """
    _require_regular(path)
    try:
        with path.open("rb") as file:
            return _map(file, path, 0, path.stat().st_size, str(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the entries of the table of contents of an `.npz` file, keyed by array name.

    Raises:
        DataError: the file is missing, damaged or not an `.npz` file, or it contains two arrays of the same name.
    """
    _require_regular(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except MemoryError:
        raise
    except Exception:
        # For crafted tables of contents, zipfile raises not only BadZipFile but ValueError, struct.error, ...
        raise DataError(
            f"{path} is damaged or not an .npz file: it does not end like a zip archive; write it again"
        ) from None
    found = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    if len(found) < len(entries):
        names = [entry.filename for entry in entries]
        repeated = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{path} contains several arrays named {repeated.removesuffix('.npy')!r}; write it again")
    return found


def is_compressed(entry: zipfile.ZipInfo) -> bool:
    """Return whether a member must be unpacked before it can be memory-mapped."""
    return entry.compress_type != zipfile.ZIP_STORED


def map_member(path: Path, name: str) -> npt.NDArray[Any]:
    """Return one array of an uncompressed `.npz` file as a read-only memory map.

    `numpy.load` would read the complete member. The position of its bytes follows from its local header (APPNOTE.TXT
    4.3.7), not from the table of contents, whose extra fields may have another length. The checksum is not verified,
    since that would read the complete member.

    Args:
        path: a file written by `numpy.savez`.
        name: the array name.

    Raises:
        DataError: the member is missing, compressed, encrypted or damaged, or it contains Python objects.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "data.npz"
        >>> np.savez(path, x=np.arange(6).reshape(2, 3))
        >>> map_member(path, "x")[1].tolist()
        [3, 4, 5]
    """
    found = members(path)
    label = f"{name!r} in {path}"
    if name not in found:
        raise DataError(f"{path} contains no array {name!r}; available: {', '.join(map(escaped, found)) or 'none'}")
    entry = found[name]
    if entry.flag_bits & _ENCRYPTED:
        raise DataError(f"{label} is encrypted; save it without a password")
    if is_compressed(entry):
        raise DataError(f"{label} is compressed and cannot be memory-mapped; write the file with numpy.savez")
    try:
        with path.open("rb") as file:
            start = _start(file, entry, label)
            # The size in the table of contents may be larger than the file.
            size = min(entry.file_size, path.stat().st_size - start)
            return _map(file, path, start, size, label)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _start(file: BinaryIO, entry: zipfile.ZipInfo, label: str) -> int:
    """Return the position of the first byte of a stored member."""
    try:
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
    except (OSError, ValueError, OverflowError):
        header = b""
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise DataError(
            f"{label} is damaged: its header is not at the position listed in the table of contents; write it again"
        )
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
    return entry.header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)


def _map(file: BinaryIO, path: Path, start: int, size: int, label: str) -> npt.NDArray[Any]:
    """Map the array whose `.npy` contents are the `size` bytes from `start` on."""
    file.seek(start)
    form = array_form(file.read(MAX_HEADER), label)
    form.require(size, label)
    try:
        if form.size == form.offset:
            return np.empty(form.shape, form.dtype)
        order: Literal["F", "C"] = "F" if form.fortran else "C"
        offset = start + form.offset
        return np.memmap(path, dtype=form.dtype, mode="r", offset=offset, shape=form.shape, order=order)
    except (ValueError, OverflowError, MemoryError) as error:
        # For example too many axes, or a length beyond the address space.
        raise DataError(
            f"{label} has a shape that NumPy does not support: {shown_shape(form.shape)}: {error}"
        ) from None


@dataclass(frozen=True, slots=True)
class ArrayForm:
    """The contents of the header of an `.npy` file.

    Args:
        shape: the shape of the array, with sizes of at least 0.
        fortran: whether the first axis varies fastest.
        dtype: the type of the elements: numbers, booleans or strings.
        offset: the position of the first element, in bytes.
    """

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def size(self) -> int:
        """Bytes of header and elements."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize

    def require(self, size: int, label: str) -> None:
        """Check that a file is not truncated.

        Args:
            size: the number of available bytes.
            label: the name of the array in messages.

        Raises:
            DataError: the array needs more bytes.
        """
        if self.size > size:
            raise DataError(
                f"{label} is truncated; expected {_count(self.size - self.offset)} bytes for an array of shape "
                f"{shown_shape(self.shape)} and type {self.dtype}, got {max(size - self.offset, 0):,}; write it again"
            )


def array_form(head: bytes, label: str) -> ArrayForm:
    """Parse the header of an `.npy` file.

    Args:
        head: the first bytes of the file, at most `MAX_HEADER` of them.
        label: the name of the array in messages.

    Raises:
        DataError: the bytes are not the header of an array as NumPy writes it, or the elements are Python objects or
            records.
    """
    file = io.BytesIO(head)
    shape, fortran, dtype = _header(file, label)
    if dtype.hasobject:
        raise DataError(
            f"{label} contains pickled Python objects, which are not loaded because they can run arbitrary code; "
            "save plain numbers or strings: np.save(path, np.array(values.tolist()))"
        )
    if dtype.kind == "V" or dtype.itemsize == 0:
        raise DataError(
            f"{label} has an unsupported type; expected numbers, booleans or strings, got {dtype}; convert it"
        )
    if any(size < 0 for size in shape):
        raise DataError(
            f"{label} has an invalid shape; expected sizes of at least 0, got {shown_shape(shape)}; write it again"
        )
    return ArrayForm(shape, fortran, dtype, file.tell())


def _count(number: int) -> str:
    # Python raises ValueError when numbers of thousands of digits are converted to strings.
    return f"{number:,}" if number < 10**30 else "more than 10^30"


def shown_shape(shape: tuple[int, ...]) -> str:
    """Return a shape for messages, truncated to 100 characters.

    Example:
        >>> shown_shape((4, 3))
        '(4, 3)'
    """
    text = str(shape)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _header(file: BinaryIO, label: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    begin = file.read(_MAGIC.size)
    if len(begin) < _MAGIC.size or not begin.startswith(b"\x93NUMPY"):
        raise _not_npy(label, "it does not begin like an .npy file")
    version = _MAGIC.unpack(begin)[1:]
    if version not in _VERSIONS:
        supported = ", ".join(f"{major}.{minor}" for major, minor in _VERSIONS)
        raise _not_npy(label, f"unknown format version; expected one of {supported}, got {version[0]}.{version[1]}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = read(file)
    except Exception:
        # NumPy parses it as a Python literal: ValueError, SyntaxError, RecursionError, MemoryError, ...
        reason = "its header is truncated, or does not consist of the shape, order and type of the elements"
        raise _not_npy(label, reason) from None
    # NumPy accepts booleans, since they are integers in Python.
    if any(isinstance(size, bool) for size in shape):
        raise _not_npy(label, f"invalid shape; expected integers, got {shown_shape(shape)}")
    return tuple(int(size) for size in shape), bool(fortran), dtype


def _not_npy(label: str, reason: str) -> DataError:
    return DataError(f"{label} is not an array written by numpy.save: {reason}; write it again")


def _require_regular(path: Path) -> None:
    if kind := irregular(path):
        raise DataError(f"{path} is {kind}; expected a file")
