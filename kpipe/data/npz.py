"""Arrays in `.npy` and `.npz` files, mapped in place: nothing is read before it is used."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1


def map_npy(path: Path) -> npt.NDArray[Any]:
    """The array of an `.npy` file as a read-only memory map.

    Args:
        path: a file written by `numpy.save`.

    Raises:
        DataError: missing, truncated, not such a file, or an array of Python objects.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "x.npy"
        >>> np.save(path, np.arange(6).reshape(2, 3))
        >>> map_npy(path)[1].tolist()
        [3, 4, 5]
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _map(file, path, 0, size, str(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an `.npz` file by name, as entries of its table of contents.

    Raises:
        DataError: the file is missing, damaged, or no `.npz` file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise DataError(
            f"{path} is damaged or no .npz file: it does not end as a zip archive does; write it again"
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    return {entry.filename.removesuffix(".npy"): entry for entry in entries if entry.filename.endswith(".npy")}


def is_compressed(entry: zipfile.ZipInfo) -> bool:
    """Whether a member has to be unpacked before it can be mapped."""
    return entry.compress_type != zipfile.ZIP_STORED


def map_member(path: Path, name: str) -> npt.NDArray[Any]:
    """One array of an uncompressed `.npz` file as a read-only memory map.

    `numpy.load` reads a member as a whole. Where its bytes begin is told by the local header in front of it
    (APPNOTE.TXT 4.3.7), not by the table of contents, whose extra fields may have another length. The check
    sum is not verified, since that would read everything.

    Args:
        path: a file written by `numpy.savez`.
        name: the array's name.

    Raises:
        DataError: no such member, compressed, encrypted, damaged, or an array of Python objects.

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
        raise DataError(f"{path} holds no array {name!r}; it holds {', '.join(found) or 'none'}")
    entry = found[name]
    if entry.flag_bits & _ENCRYPTED:
        raise DataError(f"{label} is encrypted; save it without a password")
    if is_compressed(entry):
        raise DataError(f"{label} is compressed and cannot be mapped; write the file with numpy.savez")
    try:
        with path.open("rb") as file:
            start = _start(file, entry, label)
            return _map(file, path, start, entry.file_size, label)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _start(file: BinaryIO, entry: zipfile.ZipInfo, label: str) -> int:
    """Where the bytes of a stored member begin."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise DataError(f"{label} is damaged: its header is not where the table of contents says; write it again")
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
    return entry.header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)


def _map(file: BinaryIO, path: Path, start: int, size: int, label: str) -> npt.NDArray[Any]:
    """Maps the array whose `.npy` bytes are `size` from `start` on."""
    file.seek(start)
    shape, fortran, dtype = _header(file, label)
    if dtype.hasobject:
        raise DataError(
            f"{label} holds pickled Python objects, which are never opened since they can run code; "
            "save plain numbers or texts: np.save(path, np.array(values.tolist()))"
        )
    offset = file.tell()
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if offset - start + needed > size:
        raise DataError(
            f"{label} is truncated: an array of shape {shape} and type {dtype} needs {needed:,} bytes, "
            f"{max(size - (offset - start), 0):,} are there; write it again"
        )
    if needed == 0:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape, order="F" if fortran else "C")


def _header(file: BinaryIO, label: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except (ValueError, SyntaxError, EOFError) as error:
        raise DataError(f"{label} is not an array as numpy.save writes it: {error}") from None
    return tuple(int(size) for size in shape), bool(fortran), dtype
