"""Signals that are sent twice for one reason."""

from __future__ import annotations

import signal
import time

#: The signals that interrupt a program.
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
#: Seconds within which a further signal belongs to the first one.
_PAUSE = 0.05


def ignore_repeated_signals() -> None:
    """Ignore the copies of an interrupt that has just arrived; call it in the handler of the first one.

    `timeout`, and shells that end a group of processes, send a signal to a process and once more to its group, so that
    it arrives twice within microseconds. Afterwards, the handlers are those of before.
    """
    before = {number: signal.signal(number, signal.SIG_IGN) for number in INTERRUPTS}
    time.sleep(_PAUSE)
    for number, handler in before.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
