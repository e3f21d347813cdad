"""Suspension of cyclic garbage collection while a spec is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Disable Python's cyclic garbage collector inside the block, if it was enabled.

    A spec of 1 MB has a million small objects, none of which is garbage; traversing them repeatedly takes a fifth of
    the time.

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
