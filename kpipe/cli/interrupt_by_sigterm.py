"""Handling of SIGTERM as an interrupt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kpipe.repeated_signals import INTERRUPTS, ignore_repeated_signals


@contextmanager
def interrupt_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM, which is sent when a machine shuts down, as Ctrl-C inside the block.

    A signal that arrives twice at once, as from `timeout`, is one. In threads other than the main thread it has no
    effect, and a Ctrl-C that the program has ignored or handled in another way remains so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = (signal.SIG_DFL, signal.default_int_handler)
    handled = [number for number in INTERRUPTS if number == signal.SIGTERM or signal.getsignal(number) in usual]
    before = {number: signal.signal(number, _interrupt) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    ignore_repeated_signals()
    raise KeyboardInterrupt
