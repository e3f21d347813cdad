"""The disk space of the caches of decoded samples."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from kpipe.data.cache.folder_lock import FolderLock, last_use


def make_room(folder: Path, nbytes: int, share: float) -> bool:
    """Remove caches that are not in use, the least recently used first, until another one fits.

    Args:
        folder: the folder of all caches; it may not exist.
        nbytes: of the new cache.
        share: part of the space that all caches may occupy, from 0 to 1, of what they have and what is free.

    Returns:
        Whether it fits. If it does not fit even alone, nothing is removed.

    Example:
        >>> make_room(Path("missing"), 1, 0.5), make_room(Path("missing"), 2**62, 0.5)
        (True, False)
    """
    sizes = _sizes(folder)
    limit = share * (_free(folder) + sum(sizes.values()))
    if nbytes > limit:
        return False
    for cache in sorted(sizes, key=last_use):
        if sum(sizes.values()) + nbytes <= limit:
            break
        if _removed(cache):
            del sizes[cache]
    return sum(sizes.values()) + nbytes <= limit


def _removed(cache: Path) -> bool:
    lock = FolderLock.exclusive(cache)
    if lock is None:
        return False
    shutil.rmtree(cache, ignore_errors=True)
    lock.release()
    return not cache.exists()


def _sizes(folder: Path) -> dict[Path, int]:
    """Return the bytes of each cache, complete or not."""
    try:
        caches = [cache for cache in folder.iterdir() if cache.is_dir()]
    except OSError:
        return {}
    return {cache: _size(cache) for cache in caches}


def _size(cache: Path) -> int:
    try:
        return sum(file.stat().st_blocks * 512 for file in cache.iterdir())
    except OSError:
        return 0  # another process removes it


def is_writable(folder: Path) -> bool:
    """Return whether files can be created in a folder, which is created if it does not exist.

    Example:
        >>> is_writable(Path("/proc/kpipe"))
        False
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _free(folder: Path) -> int:
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(existing).free
