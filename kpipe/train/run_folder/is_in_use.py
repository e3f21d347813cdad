"""Whether a process uses a run folder at this moment."""

from __future__ import annotations

import os
from pathlib import Path


def is_in_use(folder: Path) -> bool:
    """Return whether a process has locked a run folder, on this machine or on another one that shares the file system.

    `locked` tries again for a moment, so that this look at a folder never refuses it to a run that starts.

    Args:
        folder: the folder.

    Returns:
        False also if it does not exist, or if its file system does not support locks.

    Example:
        >>> is_in_use(Path("runs/absent/1"))
        False
    """
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
