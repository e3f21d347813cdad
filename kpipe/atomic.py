"""Atomic replacement of files: a kill at any moment leaves either the old or the new file."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
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


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Replace a folder by one with these files, which appear together.

    They are synchronized to the disk before the folder is renamed, so that the lists of files are synchronized twice
    instead of once for each file. A kill leaves the old folder, the new one, or none.

    Args:
        path: the folder; the one that contains it exists.
        files: the contents of its files by name.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "notes"
        >>> write_folder(target, {"a.txt": b"done"})
        >>> [file.read_bytes() for file in target.iterdir()]
        [b'done']
    """
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    # `mkdtemp` creates a folder for its owner only; inside of it, one has the permissions of any new folder.
    written = temporary / "new"
    try:
        written.mkdir()
        for name, content in files.items():
            (written / name).write_bytes(content)
            synchronize(written / name)
        synchronize(written)
        if path.exists():
            path.replace(temporary / "old")
        written.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    synchronize(path.parent)
    shutil.rmtree(temporary)


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
