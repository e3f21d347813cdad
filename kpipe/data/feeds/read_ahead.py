"""Numbered results that threads compute before they are requested."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class ReadAhead:
    """Computes the next results while earlier ones are used.

    Results can be requested in any order, and by several readers of the same sequence. If they do not follow each
    other, some are computed again or in vain.

    Args:
        read: returns the result of a number.
        count: numbers that exist, from 0.
        depth: results that are computed or kept in addition to the requested one, at least 0.
        threads: what calls `read`.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(2) as threads:
        ...     ahead = ReadAhead(lambda number: number**2, count=4, depth=2, threads=threads)
        ...     [ahead.take(number) for number in range(4)]
        [0, 1, 4, 9]
    """

    def __init__(self, read: Callable[[int], Any], count: int, depth: int, threads: Executor) -> None:
        self._read = read
        self._count = count
        self._depth = depth
        self._threads = threads
        self._lock = threading.Lock()
        self._pending: dict[int, Future[Any]] = {}

    def take(self, number: int) -> Any:
        """Return the result of a number, after waiting for it if necessary, and let the next ones be computed.

        Raises:
            Exception: what `read` raised for this number.
        """
        with self._lock:
            for later in range(number, min(number + 1 + self._depth, self._count)):
                if later not in self._pending:
                    self._pending[later] = self._threads.submit(self._read, later)
            future = self._pending.pop(number)
        return future.result()
