"""The inputs of batches, made in this process or by worker processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from kpipe.data.feeds.sample_error import SampleError
from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.workers.worker_pool import WorkerPool
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]


class BatchMaker:
    """Makes batches in worker processes, which start at the first batch and end with `close`.

    Threads of TensorFlow prefetch batches as long as a dataset exists, such as in the traceback of an interrupted
    training. So they start no processes after `close`, until `open` is called for another dataset.

    Args:
        maker: makes a batch.
        batch_size: most samples per batch.
        workers: number of processes; 0 makes batches in the calling thread.
        sample_name: returns the name of a sample for messages, given its index in the dataset.

    Attributes:
        workers: number of processes.
    """

    def __init__(self, maker: SampleMaker, batch_size: int, workers: int, sample_name: Callable[[int], str]) -> None:
        self.maker = maker
        self.workers = workers
        self._batch_size = batch_size
        self._sample_name = sample_name
        self._pool: WorkerPool | None = None
        self._is_open = True
        self._lock = threading.Lock()

    def __call__(self, request: SampleRequest) -> dict[str, Values]:
        """Return the arrays of a batch, keyed by input name; several threads may call it.

        Raises:
            ArgumentError: the samples cannot be sent to another process.
            DataError: a sample cannot be read or augmented, or a worker process has died.
            StopIteration: `close` was called; unlike other exceptions, TensorFlow does not print it.
        """
        try:
            return self._made(request)
        except SampleError as error:
            raise error.named(escaped(self._sample_name(error.index))) from error

    def _made(self, request: SampleRequest) -> dict[str, Values]:
        if not self.workers:
            return self.maker(request)
        pool = self._started()
        try:
            return pool.call(request)
        except RuntimeError:
            if self._pool is pool:
                raise
            raise StopIteration from None

    def _started(self) -> WorkerPool:
        with self._lock:
            if not self._is_open:
                raise StopIteration
            if self._pool is None:
                self._pool = WorkerPool(self.maker, self.maker.specs, self._batch_size, self.workers)
            return self._pool

    def check(self) -> None:
        """Raise the error of a worker process that has died, also while no batch is requested.

        Raises:
            DataError: a worker process has died.
        """
        if (pool := self._pool) is not None:
            pool.check()

    def open(self) -> None:
        """Let the next batch start processes again after `close`."""
        self._is_open = True

    def close(self) -> None:
        """End the processes; requests that arrive later or are in progress fail, without output of TensorFlow."""
        with self._lock:
            pool, self._pool, self._is_open = self._pool, None, False
        if pool is not None:
            pool.close()
