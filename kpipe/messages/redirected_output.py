"""Redirection of standard output that supports overlapping threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

_LOCK = Lock()
#: The active streams, of which the last is used; each is in its own list, because a stream can appear twice.
_TARGETS: list[list[Any]] = []
_ORIGINAL: list[Any] = []


@contextmanager
def redirected_output(target: Any) -> Iterator[None]:
    r"""Redirect `sys.stdout` to `target` inside the block.

    With `contextlib.redirect_stdout`, the stream of one of two overlapping threads would remain in place. Here the
    original stream is restored as soon as the last block ends.

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
            # A forked child has no active streams, so the entry may be missing.
            remaining = [other for other in _TARGETS if other is not entry]
            if len(remaining) < len(_TARGETS):
                _TARGETS[:] = remaining
                sys.stdout = remaining[-1][0] if remaining else _ORIGINAL.pop()


def own_output() -> Any:
    """Return the original standard output, regardless of redirection."""
    return _ORIGINAL[0] if _ORIGINAL else sys.stdout


def _after_fork() -> None:
    """Restore standard output in a forked child, which is not part of a run of its parent."""
    global _LOCK
    _LOCK = Lock()
    if _ORIGINAL:
        sys.stdout = _ORIGINAL.pop()
    _TARGETS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
