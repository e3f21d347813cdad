"""Standard output that goes elsewhere for a while, also where threads begin and end this in any order."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

_LOCK = Lock()
#: The streams in use, each in a list of its own, since the same one may be there twice; the last one counts.
_TARGETS: list[list[Any]] = []
_ORIGINAL: list[Any] = []


@contextmanager
def redirected_output(target: Any) -> Iterator[None]:
    r"""Points `sys.stdout` to `target` inside the block.

    `contextlib.redirect_stdout` puts back what was there when it began. Where two threads overlap, that is the stream
    of the other one, which then stays for good. Here the program's own stream is back as soon as the last block ends.

    Args:
        target: a text stream.

    Example:
        >>> import io
        >>> stream = io.StringIO()
        >>> with redirected_output(stream):
        ...     print("to the stream")
        >>> stream.getvalue()
        'to the stream\n'
    """
    entry = [target]
    with _LOCK:
        if not _TARGETS:
            _ORIGINAL[:] = [sys.stdout]
        _TARGETS.append(entry)
        sys.stdout = target
    try:
        yield
    finally:
        with _LOCK:
            # After a fork the child has none of its parent's.
            remaining = [other for other in _TARGETS if other is not entry]
            if len(remaining) < len(_TARGETS):
                _TARGETS[:] = remaining
                sys.stdout = remaining[-1][0] if remaining else _ORIGINAL.pop()


def own_output() -> Any:
    """The program's own standard output, whatever it is redirected to at the moment."""
    return _ORIGINAL[0] if _ORIGINAL else sys.stdout


def _after_fork() -> None:
    """What a child prints is its own affair: nothing of it belongs to a run of its parent."""
    global _LOCK
    _LOCK = Lock()
    if _ORIGINAL:
        sys.stdout = _ORIGINAL.pop()
    _TARGETS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
