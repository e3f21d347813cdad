"""A lock that allows only one process at a time to use a run folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from kpipe.errors import DataError, TrainingError


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for this process within the block; a killed process releases its lock.

    Args:
        folder: an existing folder; no file is written into it.

    Raises:
        DataError: another process uses the folder.
        TrainingError: the file system does not support locks.
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
