"""Processes that make batches."""

from __future__ import annotations

import functools
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy.typing as npt

from kpipe.child_processes.packed import Packed, UnsendableError
from kpipe.data.workers.batch_slots import BatchSlots
from kpipe.data.workers.data_worker import SLOTS, DataWorker
from kpipe.data.workers.shared_pack import shared_pack
from kpipe.errors import ArgumentError, DataError

Values = npt.NDArray[Any]


class WorkerPool:
    """Makes batches in worker processes, which know nothing of TensorFlow and end with this process.

    The processes start at once, and the constructor does not wait for them. `call` may be used by several threads: a
    request goes to the worker with the fewest, and each has up to two, so that none waits for the training. Twice as
    many threads as workers keep all of them busy. Batches travel through shared memory; arrays of 64 KiB or more in
    `make` are shared by the workers, which cannot change them.

    Args:
        make: picklable; called in a worker with a request, returns arrays by name, with a sample on the first axis.
        specs: of these arrays: shape of one sample, NumPy's name of the type.
        batch_size: samples that a batch has at most.
        workers: number of processes, at least 1.

    Raises:
        ArgumentError: `make` cannot be sent to another process.
        DataError: the system cannot start so many processes.
        TypeError: an array of strings or objects.

    Example:
        >>> import numpy as np
        >>> with WorkerPool(dict, {"x": ((2,), "int64")}, batch_size=4, workers=1) as pool:
        ...     pool.call({"x": np.array([[1, 2], [3, 4]])})["x"].tolist()
        [[1, 2], [3, 4]]
    """

    def __init__(
        self,
        make: Callable[[Any], Mapping[str, Values]],
        specs: Mapping[str, tuple[tuple[int, ...], str]],
        batch_size: int,
        workers: int,
    ) -> None:
        if workers < 1:
            raise ArgumentError("workers", f"a pool has at least 1 worker, got {workers}")
        packed = _packed(make)
        self._process = os.getpid()
        self._changed = threading.Condition()
        self._failure: Callable[[], Exception] | None = None
        self._workers = _started(packed, specs, batch_size, workers)
        self._end = weakref.finalize(self, _end, self._workers)
        failed = weakref.WeakMethod(self._fail)
        self._threads = [
            threading.Thread(target=_listen, args=(worker, failed), name="kpipe data worker", daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, request: Any) -> dict[str, Values]:
        """Wait for the batch of a request.

        Args:
            request: picklable.

        Returns:
            The arrays of `make`, which belong to the caller.

        Raises:
            DataError: a worker has died; so do all later calls.
            Exception: what `make` raised, with the traceback of the worker as a note.
        """
        worker, slot, future = self._taken()
        worker.send(slot, request)
        release = functools.partial(self._release, worker, slot)
        try:
            values = worker.read(slot, future.result())
        except BaseException:
            # After Ctrl-C the worker still makes the batch.
            future.add_done_callback(release)
            raise
        release()
        return values

    def check(self) -> None:
        """Raise the error of a worker that has died, also while no batch is waited for."""
        with self._changed:
            self._raise_failure()

    def close(self) -> None:
        """End the processes, and wait until they have ended; it may be called again."""
        self._fail(RuntimeError("the worker pool is closed"))
        self._end()
        if self._process == os.getpid():
            for thread in self._threads:
                thread.join()

    def _taken(self) -> tuple[DataWorker, int, Future[int]]:
        """A free slot of the worker that has most of them."""
        if self._process != os.getpid():
            raise RuntimeError("a copy of the process made by fork cannot use its worker pool; start another one")
        with self._changed:
            while True:
                self._raise_failure()
                worker = max(self._workers, key=lambda each: len(each.free))
                if worker.free:
                    slot = worker.free.pop()
                    return worker, slot, worker.expect(slot)
                self._changed.wait()

    def _release(self, worker: DataWorker, slot: int, _: object = None) -> None:
        with self._changed:
            worker.free.append(slot)
            self._changed.notify()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure()

    def _fail(self, error: Exception) -> None:
        with self._changed:
            self._failure = failure = self._failure or functools.partial(_copied, error)
            self._changed.notify_all()
        for worker in self._workers:
            worker.fail(failure)


def _copied(error: Exception) -> Exception:
    """A new exception with the same message: each thread that raises one adds its own traceback."""
    copy = type(error)(*error.args)
    for note in getattr(error, "__notes__", ()):
        copy.add_note(note)
    return copy


def _listen(worker: DataWorker, failed: weakref.WeakMethod[Callable[[Exception], None]]) -> None:
    def tell(error: DataError) -> None:
        if (fail := failed()) is not None:
            fail(error)

    worker.listen(tell)


def _end(workers: Sequence[DataWorker]) -> None:
    for worker in workers:
        worker.end()


def _started(
    packed: Packed, specs: Mapping[str, tuple[tuple[int, ...], str]], batch_size: int, workers: int
) -> list[DataWorker]:
    started: list[DataWorker] = []
    try:
        for number in range(1, workers + 1):
            started.append(DataWorker(f"{number} of {workers}", packed, BatchSlots(specs, batch_size, SLOTS)))
    except OSError as error:
        _end(started)
        reason = f"data worker {len(started) + 1} of {workers} cannot be started: {error.strerror or error}"
        raise DataError(f"{reason}; lower data.workers, or raise the limit of the system (ulimit)") from error
    return started


def _packed(make: Callable[[Any], Mapping[str, Values]]) -> Packed:
    try:
        return shared_pack(make)
    except UnsendableError as error:
        raise ArgumentError("workers", f"{error}, or set data.workers to 0") from None
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        message = f"samples cannot be made in other processes: {error}; set data.workers to 0"
        raise ArgumentError("workers", message) from error
