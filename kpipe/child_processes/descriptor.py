"""A file descriptor that is handed over to a child process."""

from __future__ import annotations

import os
import weakref
from typing import NoReturn


class Descriptor:
    """Owns a file descriptor; among the arguments of a `ChildProcess` it arrives as one of the same file.

    Args:
        number: the descriptor, which is closed when this object is no longer used.

    Raises:
        TypeError: it is pickled for anything but a child process.

    Example:
        >>> read, write = map(Descriptor, os.pipe())
        >>> os.write(write.number, b"text"), os.read(read.number, 4)
        (4, b'text')
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.close = weakref.finalize(self, os.close, number)
        # The system closes it at the end of the process, after all that may still use it.
        self.close.atexit = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("a file descriptor is only valid in its process; pass it as an argument of a ChildProcess")
