"""Memory-mapped members of compressed `.npz` files, which are unpacked into the cache."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy.typing as npt

from kpipe.atomic import save
from kpipe.data.npz import MAX_HEADER, ArrayForm, array_form, is_compressed, map_member, map_npy, members, shown_shape
from kpipe.data.sources.source import OpenContext
from kpipe.errors import DataError

_BLOCK = 1 << 20


def open_member(path: Path, name: str, context: OpenContext) -> npt.NDArray[Any]:
    """Return one array of an `.npz` file as a memory map.

    A compressed array is unpacked once into the cache, which is reported.

    Args:
        path: the `.npz` file.
        name: the array name.
        context: the context with the cache folder and the function that receives messages.

    Raises:
        DataError: the array is damaged, encrypted or pickled, or there is not enough disk space to unpack it.

    Example:
        >>> import numpy as np, tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> np.savez_compressed(folder / "data.npz", x=np.arange(3))
        >>> open_member(folder / "data.npz", "x", OpenContext(lambda line: None, 0, folder)).tolist()
        [0, 1, 2]
    """
    entry = members(path).get(name)
    if entry is None or not is_compressed(entry):
        return map_member(path, name)
    status = path.stat()
    folder = context.cache_folder / "unpacked" / hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]
    unpacked = folder / f"{status.st_size}-{status.st_mtime_ns}" / f"{_file_name(name)}.npy"
    if not unpacked.exists():
        _unpack(path, entry, unpacked, context)
        _remove_older(folder, unpacked.parent)
    try:
        return map_npy(unpacked)
    except DataError as error:
        # The name of the copy is a hash, so the message refers to the original file.
        raise DataError(f"{name!r} in {path}: {error}") from None


def _unpack(path: Path, entry: zipfile.ZipInfo, unpacked: Path, context: OpenContext) -> None:
    label = f"{entry.filename.removesuffix('.npy')!r} in {path}"
    context.say(
        f"{label} is compressed; unpacking {entry.file_size / 2**30:.2f} GiB once into {unpacked.parent}; files "
        "written by numpy.savez are not copied"
    )
    try:
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(unpacked.parent).free
        if free < entry.file_size:
            raise DataError(
                f"not enough disk space in {unpacked.parent} to unpack {label}; expected {entry.file_size / 2**30:.2f} "
                f"GiB, got {free / 2**30:.2f} GiB; write the file with numpy.savez, or free disk space"
            )

        def copy(temporary: Path) -> None:
            with zipfile.ZipFile(path) as archive, archive.open(entry) as source, temporary.open("wb") as target:
                head = source.read(MAX_HEADER)
                _check_size(array_form(head, label), entry, label)
                target.write(head)
                shutil.copyfileobj(source, target, _BLOCK)

        unpacked.parent.mkdir(parents=True, exist_ok=True)
        save(unpacked, copy)
    except (DataError, MemoryError):
        raise
    except OSError as error:
        raise DataError(f"{label} cannot be unpacked into {unpacked.parent}: {error.strerror or error}") from None
    except Exception as error:
        # BadZipFile, zlib.error, LZMAError, EOFError; zipfile raises RuntimeError for an encrypted member, and
        # NotImplementedError for an unknown compression.
        raise DataError(f"{label} cannot be unpacked: {error}; write it again with numpy.savez") from None


def _check_size(form: ArrayForm, entry: zipfile.ZipInfo, label: str) -> None:
    """Check that the size of a member is that of its array, before it is unpacked."""
    form.require(entry.file_size, label)
    if form.size < entry.file_size:
        raise DataError(
            f"{label} has a wrong size; expected {form.size:,} bytes for shape {shown_shape(form.shape)} and type "
            f"{form.dtype}, got {entry.file_size:,}; write it again with numpy.savez"
        )


def _file_name(name: str) -> str:
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)[:50]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _remove_older(folder: Path, current: Path) -> None:
    """Remove copies of earlier versions of the file."""
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            if entry != current:
                shutil.rmtree(entry, ignore_errors=True)
