"""Reading a spec without the search for cycles, which finds none in it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Switches Python's cyclic garbage collector off inside the block, where it was on.

    A spec of 1 MB is a million small objects that all stay alive; looking through them again and again takes a fifth
    of the time.

    Example:
        >>> with paused_garbage_collection():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
