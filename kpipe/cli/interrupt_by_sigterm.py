"""Handling of SIGTERM as an interrupt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupt_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM, which is sent when a machine shuts down, as Ctrl-C inside the block.

    In threads other than the main thread it has no effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
