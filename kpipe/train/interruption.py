"""Ctrl-C and SIGTERM: the first signal ends the training after its step, the second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from kpipe.repeated_signals import INTERRUPTS, ignore_repeated_signals


class Interrupted(KeyboardInterrupt):
    """The training was interrupted, has finished its step, and has saved its state."""


class Interruption:
    """A context in which the first signal sets `requested`; it has no effect outside the main thread.

    Args:
        say: receives a message when the first signal arrives.

    Attributes:
        requested: whether a signal has arrived.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.requested = False
        self._say = say
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._first) for number in INTERRUPTS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            # A handler that was not set from Python cannot be restored; the default handler is the closest to it.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _first(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
        ignore_repeated_signals()
        # The default handler ends the process at the second signal even during a long operation.
        for entry in INTERRUPTS:
            signal.signal(entry, signal.SIG_DFL)
        self._say("interrupted: the run finishes this step and saves its state; interrupt again to end at once")
