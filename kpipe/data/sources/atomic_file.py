"""Writing a file so that a kill at any moment leaves either the old or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Writes beside `path`, flushes to the disk, and puts the result in its place.

    Args:
        path: the file; its folder is made where it is missing.
        write: receives the open binary file.

    Raises:
        OSError: the folder cannot be written, or the disk is full; nothing is left behind.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> write_atomically(path, lambda file: None)
        >>> path.stat().st_size
        0
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
