"""Atomic replacement of files: a kill at any moment leaves either the old or the new file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace a file by a string in UTF-8.

    Args:
        path: the file; its folder exists.
        text: the whole content.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> write_text(target, "done")
        >>> target.read_text()
        'done'
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by bytes; see `write_text`."""
    save(path, lambda temporary: temporary.write_bytes(content))


def save(path: Path, write: Callable[[Path], object]) -> None:
    """Replace a file by what `write` stores under a temporary name in the same folder.

    The temporary file has the same suffix, since savers such as Keras' choose their format by it. It is synchronized
    to the disk before it is renamed, and the folder after that; an error leaves only the old file.

    Args:
        path: the file; its folder exists.
        write: receives the temporary path and writes there.
    """
    # Keras recognizes weights by both parts of this suffix.
    suffix = ".weights.h5" if path.name.endswith(".weights.h5") else path.suffix
    handle, name = tempfile.mkstemp(prefix=f".{path.name.removesuffix(suffix)}-", suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        _open_to_others(temporary)
        write(temporary)
        synchronize(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    synchronize(path.parent)


def synchronize(path: Path) -> None:
    """Wait until a file, or the list of files of a folder, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open_to_others(path: Path) -> None:
    """Recreate an empty file with the permissions of any new file; that of `mkstemp` is only for its owner."""
    path.unlink()
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
