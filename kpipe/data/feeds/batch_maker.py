"""The inputs of batches, made in this process or by worker processes."""

from __future__ import annotations

import threading
from typing import Any

import numpy.typing as npt

from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.workers.worker_pool import WorkerPool

Values = npt.NDArray[Any]


class BatchMaker:
    """Makes batches in worker processes, which start at the first batch and end with `close`.

    Args:
        maker: makes a batch.
        batch_size: most samples per batch.
        workers: number of processes; 0 makes batches in the calling thread.

    Attributes:
        workers: number of processes.
    """

    def __init__(self, maker: SampleMaker, batch_size: int, workers: int) -> None:
        self.maker = maker
        self.workers = workers
        self._batch_size = batch_size
        self._pool: WorkerPool | None = None
        self._lock = threading.Lock()

    def __call__(self, request: SampleRequest) -> dict[str, Values]:
        """Return the arrays of a batch, keyed by input name; several threads may call it.

        Raises:
            ArgumentError: the samples cannot be sent to another process.
            DataError: a sample cannot be read or augmented, or a worker process has died.
        """
        return self._started().call(request) if self.workers else self.maker(request)

    def _started(self) -> WorkerPool:
        with self._lock:
            if self._pool is None:
                self._pool = WorkerPool(self.maker, self.maker.specs, self._batch_size, self.workers)
            return self._pool

    def close(self) -> None:
        """End the processes; a later call starts others."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
