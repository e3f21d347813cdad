"""The end of the process while threads of TensorFlow call Python."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Any

#: Seconds without a call after which no further ones are expected, and seconds to wait for that.
_QUIET, _PATIENCE = 0.1, 10.0


class ExitGate:
    """Lets no call of a thread of TensorFlow outlast the interpreter.

    A batch that is read while the interpreter ends, such as after an error, would abort the process or never return.
    At the exit, calls in progress are completed, and later ones fail at once.

    Example:
        >>> gate = ExitGate()
        >>> gate.passing(len)("abc")
        3
        >>> gate.close()
        >>> gate.passing(len)("abc")
        Traceback (most recent call last):
        StopIteration: the program ends
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._last = 0.0
        self._is_closed = False

    def passing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, wrapped so that its calls are completed before the interpreter ends."""

        def guarded(*arguments: Any) -> Any:
            self._count(1)
            try:
                if self._is_closed:
                    # TensorFlow does not print this exception.
                    raise StopIteration("the program ends")
                return function(*arguments)
            finally:
                self._count(-1)

        return guarded

    def _count(self, change: int) -> None:
        with self._lock:
            self._calls += change
            self._last = time.monotonic()

    def close(self) -> None:
        """Let later calls fail, and wait until there are none."""
        self._is_closed = True
        end = time.monotonic() + _PATIENCE
        while (self._calls or time.monotonic() - self._last < _QUIET) and time.monotonic() < end:
            time.sleep(_QUIET / 10)


#: The gate of all feeds.
EXIT_GATE = ExitGate()
atexit.register(EXIT_GATE.close)
