"""The time that a protocol has used."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Measures the time since its creation, and that of traces separately.

    Args:
        clock: returns the time in seconds; by default that of the system.

    Attributes:
        traced: the seconds of all traces.

    Example:
        >>> times = iter([0.0, 1.0, 4.0, 9.0])
        >>> watch = Stopwatch(clock=lambda: next(times))
        >>> with watch.trace():
        ...     pass
        >>> watch.traced, watch.seconds
        (3.0, 9.0)
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.now = clock
        self._began = clock()
        self.traced = 0.0

    @property
    def seconds(self) -> float:
        """The seconds since its creation."""
        return self.now() - self._began

    @contextmanager
    def trace(self) -> Iterator[None]:
        """Count the time of the block as that of a trace."""
        began = self.now()
        try:
            yield
        finally:
            self.traced += self.now() - began
