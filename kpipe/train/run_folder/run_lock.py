"""A run folder belongs to one process at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from kpipe.errors import DataError, TrainingError


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Inside, no other process can use the folder; a process that is killed releases it.

    Args:
        folder: exists; nothing is written into it.

    Raises:
        DataError: another process has it.
        TrainingError: the file system has no locks.
    """
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{folder} is in use by another process; wait until it ends, or stop it"
            raise DataError(message) from None
        except OSError as error:
            raise TrainingError(f"{folder} cannot be locked: {error.strerror or error}") from error
        yield
    finally:
        os.close(handle)
