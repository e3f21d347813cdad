"""A lock on a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from kpipe.child_processes.descriptor import Descriptor

#: The file in the folder that is locked.
_FILE = "lock"


class FolderLock:
    """A lock on an existing folder until `release`, or the end of the process that has it, also by a kill.

    Args:
        descriptor: of the locked file.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> lock = FolderLock.exclusive(folder, create=True)
        >>> FolderLock.shared(folder) is None
        True
        >>> lock.release()
        >>> FolderLock.shared(folder) is None
        False
    """

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor
        self.release = descriptor.close

    @classmethod
    def shared(cls, folder: Path) -> FolderLock | None:
        """Lock a folder together with others that share it; None if it does not exist or is locked exclusively.

        The time of this use is stored for `last_use`.
        """
        lock = cls._locked(folder, os.O_RDONLY, fcntl.LOCK_SH)
        if lock is not None:
            with contextlib.suppress(OSError):  # a folder of another user
                os.utime(folder / _FILE)
        return lock

    @classmethod
    def exclusive(cls, folder: Path, create: bool = False) -> FolderLock | None:
        """Lock a folder alone; None if others use it, or it does not exist, or another process has just removed it.

        Args:
            folder: the folder.
            create: whether to create it if it does not exist, default false.

        Raises:
            OSError: the folder cannot be created.
        """
        if create:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                (folder / _FILE).touch()
            except FileNotFoundError:
                return None
        return cls._locked(folder, os.O_RDWR, fcntl.LOCK_EX)

    @classmethod
    def _locked(cls, folder: Path, access: int, kind: int) -> FolderLock | None:
        file = folder / _FILE
        try:
            descriptor = Descriptor(os.open(file, access | os.O_CLOEXEC))
            fcntl.flock(descriptor.number, kind | fcntl.LOCK_NB)
            # Another process may have removed or renamed the folder before it was locked.
            if os.path.samestat(file.stat(), os.fstat(descriptor.number)):
                return cls(descriptor)
        except (BlockingIOError, FileNotFoundError, NotADirectoryError, PermissionError):
            pass
        return None


def is_locked(folder: Path) -> bool:
    """Return whether a folder is locked exclusively; False if it does not exist or cannot be read."""
    try:
        descriptor = os.open(folder / _FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def last_use(folder: Path) -> float:
    """Return when a folder was locked by `FolderLock.shared` most recently, in seconds; 0 if it has no lock."""
    try:
        return (folder / _FILE).stat().st_mtime
    except OSError:
        return 0.0
