"""One worker process, as the training sees it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import numpy.typing as npt

from kpipe.child_processes.carried_exception import CarriedException
from kpipe.child_processes.child_died import ChildDiedError
from kpipe.child_processes.child_process import ChildProcess
from kpipe.child_processes.packed import Packed
from kpipe.data.workers.batch_slots import BatchSlots
from kpipe.data.workers.worker import ENVIRONMENT
from kpipe.errors import DataError

Values = npt.NDArray[Any]

#: Batches that a worker has at once: it makes one while another waits to be taken.
SLOTS = 2
#: The innermost function in the traceback of a crash, as `faulthandler` writes it.
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)$', re.MULTILINE)


class DataWorker:
    """A worker process; threads take a slot, send a request for it, and read the batch when the future is done.

    Args:
        name: of the worker in messages, such as `1 of 2`.
        make: packed, what makes the batch of a request.
        slots: `SLOTS` places, which it shares with the process.

    Attributes:
        free: the slots that nothing is in; changed by the owner alone.
    """

    def __init__(self, name: str, make: Packed, slots: BatchSlots) -> None:
        self.free = list(range(SLOTS))
        self._slots = slots
        self._futures: dict[int, Future[int]] = {}
        self._sending = threading.Lock()
        self._child = ChildProcess("kpipe.data.workers.worker:serve", make, slots, environment=ENVIRONMENT)
        self._name = f"data worker {name} (process {self._child.pid})"
        self.end = self._child.end

    def expect(self, slot: int) -> Future[int]:
        """Return what becomes the number of samples of the batch that is requested next for a slot."""
        self._futures[slot] = future = Future[int]()
        return future

    def send(self, slot: int, request: Any) -> None:
        """Send a request; that the process has died is known to `listen`."""
        with self._sending, suppress(ChildDiedError):
            self._child.send((slot, request))

    def read(self, slot: int, count: int) -> dict[str, Values]:
        """Copy a batch out of its slot."""
        return self._slots.read(slot, count)

    def listen(self, failed: Callable[[DataError], None]) -> None:
        """Complete the futures, until the process has ended.

        Args:
            failed: called with the reason once it has ended.
        """
        try:
            while True:
                slot, result = self._child.receive()
                future = self._futures.pop(slot, None)
                if future is None:
                    continue  # another worker has died, so nothing waits for it any more
                if isinstance(result, CarriedException):
                    future.set_exception(result.restored(self._name))
                else:
                    future.set_result(result)
        except ChildDiedError as error:
            failed(self._death(error))
        except Exception as error:
            failed(self._failure(error))

    def fail(self, error: Callable[[], Exception]) -> None:
        """Complete all futures with an error, a new one for each."""
        while self._futures:
            with suppress(KeyError):
                self._futures.popitem()[1].set_exception(error())

    def _death(self, error: ChildDiedError) -> DataError:
        frame = _FRAME.search(error.crash)
        place = " in {name} ({file}:{line})".format(**frame.groupdict()) if frame else ""
        remedy = "; if memory ran out, lower data.workers or data.batch_size" if "SIGKILL" in error.reason else ""
        if not remedy:
            remedy = "; set data.workers to 0 to look for the cause in the main process"
        found = DataError(f"{self._name} {error.reason}{place}{remedy}")
        if error.crash:
            found.add_note(error.crash)
        return found

    def _failure(self, error: Exception) -> DataError:
        text = f"{self._name} ended by {type(error).__name__}: {error}"
        found = DataError(f"{text}; set data.workers to 0 to make the batches in the main process")
        for note in getattr(error, "__notes__", ()):
            found.add_note(note)
        return found
