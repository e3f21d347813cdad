"""A lock that allows only one process at a time to use a run folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from kpipe.errors import DataError, TrainingError

#: How often a lock is tried, and the pause between, since `is_in_use` in another process takes it for an instant.
_TRIES, _PAUSE = 5, 0.02


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for this process within the block; a killed process releases its lock.

    Args:
        folder: an existing folder; no file is written into it.

    Raises:
        DataError: another process uses the folder.
        TrainingError: the file system does not support locks.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            _lock(handle)
        except BlockingIOError:
            message = f"{folder} is in use by another process; wait until it ends, or stop it"
            raise DataError(message) from None
        except OSError as error:
            raise TrainingError(f"{folder} cannot be locked: {error.strerror or error}") from error
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    import fcntl

    for attempt in range(1, _TRIES + 1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt == _TRIES:
                raise
            time.sleep(_PAUSE)
        else:
            return
