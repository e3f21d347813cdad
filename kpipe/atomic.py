"""Files that are replaced whole: a kill at any moment leaves either the old or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replaces a file by a text in UTF-8.

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
    """Replaces a file by some bytes; see `write_text`."""
    save(path, lambda temporary: temporary.write_bytes(content))


def save(path: Path, write: Callable[[Path], object]) -> None:
    """Replaces a file by what `write` puts at a temporary name in the same folder.

    The temporary file keeps the suffix, since savers such as Keras' choose their format by it. It is
    synchronised to the disk before it takes the final name, and the folder after that; an error leaves the
    old file and no other.

    Args:
        path: the file; its folder exists.
        write: is given the temporary path and writes there.
    """
    # Keras takes weights by both parts of this one.
    suffix = ".weights.h5" if path.name.endswith(".weights.h5") else path.suffix
    handle, name = tempfile.mkstemp(prefix=f".{path.name.removesuffix(suffix)}-", suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        _open_to_others(temporary)
        write(temporary)
        _synchronise(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _synchronise(path.parent)


def _synchronise(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open_to_others(path: Path) -> None:
    """Makes an empty file again with the rights of any new file; one of `mkstemp` is for its owner alone."""
    path.unlink()
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
