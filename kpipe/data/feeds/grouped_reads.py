"""Batches that are read ahead, several at once if they are small."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from kpipe.data.feeds.read_ahead import ReadAhead

#: Returns the values of the samples at some positions of an epoch, each with the samples along its first axis.
Read = Callable[[slice], list[Any]]


class GroupedReads:
    """Reads the batches of an epoch ahead, several consecutive ones at once.

    Handing over what another thread has read costs as much as to read some small samples, so this is done once for
    several small batches. A batch of a group that cannot be read is read alone, so that the error is that of the batch.

    Args:
        read: returns the values of the samples at some positions.
        starts: positions at which the batches begin, followed by the end of the last batch.
        size: number of batches that are read at once, at least 1.
        depth: groups that are read in addition to the requested one, at least 0.
        threads: what calls `read`.
        first_step: number of the first batch that is requested, default 0; no batch before it is read.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> with ThreadPoolExecutor(1) as threads:
        ...     reads = GroupedReads(lambda part: ["abcde"[part]], [0, 2, 4, 5], size=2, depth=1, threads=threads)
        ...     [reads.take(step) for step in range(3)]
        [['ab'], ['cd'], ['e']]
    """

    def __init__(
        self, read: Read, starts: Sequence[int], size: int, depth: int, threads: Executor, first_step: int = 0
    ) -> None:
        self._read, self._starts, self._size = read, starts, size
        # Group 0 is shorter, or empty, so that a group begins with the first step.
        self._shift = -first_step % size
        self._ahead = ReadAhead(self._read_group, self._group_of(len(starts) - 2) + 1, depth, threads)
        self._lock = threading.Lock()
        self._group: int | None = None
        self._values: list[Any] | None = None

    def take(self, step: int) -> list[Any]:
        """Return the values of a batch, after waiting for it if necessary.

        Raises:
            Exception: what `read` raised for this batch.
        """
        group = self._group_of(step)
        with self._lock:
            if group != self._group:
                self._group, self._values = None, self._ahead.take(group)
                self._group = group
            values = self._values
        if values is None:
            return self._read(slice(self._starts[step], self._starts[step + 1]))
        begin = self._starts[self._steps(group).start]
        part = slice(self._starts[step] - begin, self._starts[step + 1] - begin)
        return [entry[part] for entry in values]

    def _read_group(self, group: int) -> list[Any] | None:
        """Return the values of a group; None if it cannot be read."""
        steps = self._steps(group)
        try:
            return self._read(slice(self._starts[steps.start], self._starts[steps.stop]))
        except Exception:
            if len(steps) == 1:
                raise
            return None

    def _group_of(self, step: int) -> int:
        return (step + self._shift) // self._size

    def _steps(self, group: int) -> range:
        first = group * self._size - self._shift
        return range(max(first, 0), min(first + self._size, len(self._starts) - 1))
