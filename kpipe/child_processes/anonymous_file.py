"""A file without a name, which disappears with the last process that has it open."""

from __future__ import annotations

import fcntl
import os
import tempfile

#: Descriptors below are standard input, output and error, which a child has of its own.
_FIRST_FREE = 3


def anonymous_file(name: str, size: int = 0) -> int:
    """Create a file that no folder lists: in memory on Linux, elsewhere in the folder of temporary files.

    On Linux it is limited by the memory alone, not by the size of `/dev/shm`, and the kernel frees it after a kill.

    Args:
        name: what `/proc` shows for it.
        size: in bytes, default 0; the content is zero.

    Returns:
        A descriptor that is not inherited, above those of the standard streams.

    Raises:
        OSError: no descriptor is left, or no space.

    Example:
        >>> descriptor = anonymous_file("example", 10)
        >>> os.fstat(descriptor).st_size
        10
        >>> os.close(descriptor)
    """
    if hasattr(os, "memfd_create"):
        descriptor = above_standard_streams(os.memfd_create(name, os.MFD_CLOEXEC))
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = fcntl.fcntl(file.fileno(), fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    try:
        os.ftruncate(descriptor, size)
        if size and not hasattr(os, "memfd_create") and hasattr(os, "posix_fallocate"):
            # A disk that is full later would end the process by SIGBUS.
            os.posix_fallocate(descriptor, 0, size)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def above_standard_streams(descriptor: int) -> int:
    """Move a descriptor out of the range of standard streams, where a process has closed those."""
    if descriptor >= _FIRST_FREE:
        return descriptor
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    os.close(descriptor)
    return moved
