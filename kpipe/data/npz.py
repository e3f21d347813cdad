"""Arrays in `.npy` and `.npz` files, mapped in place: nothing is read before it is used."""

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

#: Bytes from the beginning that hold the header of any array of numbers or strings.
MOST_HEADER = 1 << 16


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
    _require_regular(path)
    try:
        with path.open("rb") as file:
            return _map(file, path, 0, path.stat().st_size, str(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an `.npz` file by name, as entries of its table of contents.

    Raises:
        DataError: the file is missing, damaged, or no `.npz` file, or contains two arrays of one name.
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
        # Besides BadZipFile, zipfile answers crafted tables of contents with ValueError, struct.error, ...
        raise DataError(
            f"{path} is damaged or no .npz file: it does not end as a zip archive does; write it again"
        ) from None
    found = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    if len(found) < len(entries):
        names = [entry.filename for entry in entries]
        repeated = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{path} contains several arrays called {repeated.removesuffix('.npy')!r}; write it again")
    return found


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
        raise DataError(f"{path} contains no array {name!r}; it contains {', '.join(map(escaped, found)) or 'none'}")
    entry = found[name]
    if entry.flag_bits & _ENCRYPTED:
        raise DataError(f"{label} is encrypted; save it without a password")
    if is_compressed(entry):
        raise DataError(f"{label} is compressed and cannot be mapped; write the file with numpy.savez")
    try:
        with path.open("rb") as file:
            start = _start(file, entry, label)
            # What the table of contents states may be more than there is.
            size = min(entry.file_size, path.stat().st_size - start)
            return _map(file, path, start, size, label)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _start(file: BinaryIO, entry: zipfile.ZipInfo, label: str) -> int:
    """Where the bytes of a stored member begin."""
    try:
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
    except (OSError, ValueError, OverflowError):
        header = b""
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise DataError(f"{label} is damaged: its header is not where the table of contents states; write it again")
    name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
    return entry.header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)


def _map(file: BinaryIO, path: Path, start: int, size: int, label: str) -> npt.NDArray[Any]:
    """Maps the array whose `.npy` bytes are `size` from `start` on."""
    file.seek(start)
    form = array_form(file.read(MOST_HEADER), label)
    form.require(size, label)
    try:
        if form.size == form.offset:
            return np.empty(form.shape, form.dtype)
        order: Literal["F", "C"] = "F" if form.fortran else "C"
        offset = start + form.offset
        return np.memmap(path, dtype=form.dtype, mode="r", offset=offset, shape=form.shape, order=order)
    except (ValueError, OverflowError, MemoryError) as error:
        # Such as too many axes, or a length beyond what an address can count.
        raise DataError(f"{label} has the shape {shown_shape(form.shape)}, which NumPy refuses: {error}") from None


@dataclass(frozen=True, slots=True)
class ArrayForm:
    """What the header of an `.npy` file states.

    Args:
        shape: not negative.
        fortran: whether the first axis varies fastest.
        dtype: numbers, booleans, or strings.
        offset: where the elements begin, in bytes.
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
        """Refuses a file that is shorter than it should be.

        Args:
            size: bytes that are there.
            label: what messages call the array.

        Raises:
            DataError: it is.
        """
        if self.size > size:
            raise DataError(
                f"{label} is truncated: an array of shape {shown_shape(self.shape)} and type {self.dtype} needs "
                f"{_count(self.size - self.offset)} bytes, {max(size - self.offset, 0):,} are there; write it again"
            )


def array_form(head: bytes, label: str) -> ArrayForm:
    """The form of the array that `.npy` bytes hold.

    Args:
        head: the first bytes, at most `MOST_HEADER` of them.
        label: what messages call the array.

    Raises:
        DataError: no such bytes, a header that NumPy would not write, Python objects, or records.
    """
    file = io.BytesIO(head)
    shape, fortran, dtype = _header(file, label)
    if dtype.hasobject:
        raise DataError(
            f"{label} contains pickled Python objects, which are never opened since they can run code; "
            "save plain numbers or strings: np.save(path, np.array(values.tolist()))"
        )
    if dtype.kind == "V" or dtype.itemsize == 0:
        raise DataError(
            f"{label} contains elements of type {dtype}; expected numbers, booleans or strings; save such an array"
        )
    if any(size < 0 for size in shape):
        raise DataError(f"{label} has the shape {shown_shape(shape)}; expected sizes of at least 0; write it again")
    return ArrayForm(shape, fortran, dtype, file.tell())


def _count(number: int) -> str:
    # Python refuses to write numbers of thousands of digits.
    return f"{number:,}" if number < 10**30 else "more than 10^30"


def shown_shape(shape: tuple[int, ...]) -> str:
    """A shape for messages; one of thousands of digits is cut.

    Example:
        >>> shown_shape((4, 3))
        '(4, 3)'
    """
    text = str(shape)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _header(file: BinaryIO, label: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    begin = file.read(_MAGIC.size)
    if len(begin) < _MAGIC.size or not begin.startswith(b"\x93NUMPY"):
        raise _unwritten(label, "it does not begin as such a file does")
    version = _MAGIC.unpack(begin)[1:]
    if version not in _VERSIONS:
        known = ", ".join(f"{major}.{minor}" for major, minor in _VERSIONS)
        raise _unwritten(label, f"its format has the version {version[0]}.{version[1]}; expected one of {known}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = read(file)
    except Exception:
        # NumPy reads it as a Python literal: ValueError, SyntaxError, RecursionError, MemoryError, ...
        reason = "its header is cut off, or does not say shape, order and type of the elements alone"
        raise _unwritten(label, reason) from None
    # True counts as an integer in Python.
    if any(isinstance(size, bool) for size in shape):
        raise _unwritten(label, f"its shape is {shown_shape(shape)}; expected integers")
    return tuple(int(size) for size in shape), bool(fortran), dtype


def _unwritten(label: str, reason: str) -> DataError:
    return DataError(f"{label} is not an array as numpy.save writes it: {reason}; write it again")


def _require_regular(path: Path) -> None:
    if kind := irregular(path):
        raise DataError(f"{path} is {kind}; expected a file")
