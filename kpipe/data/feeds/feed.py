"""Batches as a `tf.data.Dataset`: tensors in memory are gathered by TensorFlow, other samples are read by NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.feeds.exit_gate import EXIT_GATE
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.feeds.sample_spec import SampleSpec
from kpipe.data.feeds.traced_dataset import TracedDataset
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.feeds.worker_errors import WorkerErrors

Values = npt.NDArray[Any]

#: Batches that are prefetched, to compensate for slow ones, and the memory that they may occupy.
MAX_PREFETCHED, PREFETCHED_BYTES = 8, 64 * 2**20

#: Bytes of a sample from which two reading threads per core are faster.
_LARGE_SAMPLE = 2**15


class Feed:
    """A factory of batches in any order, which is traced by TensorFlow only once.

    Args:
        batch_size: most samples per batch.
        in_memory: tensors with the samples along the first axis, by key.
        specs: shapes and types of the tensors that are read, by key; empty if all are in memory.
        read: a function that returns the other tensors of the requested samples as arrays, by key.
        assemble: a function that returns a batch, given all tensors by key.
        errors: stores exceptions of `read`.
        waiting: adds up the time in which training steps wait for `read`; None to measure nothing.
        readers: number of threads that call `read` at the same time, by default one or two per core. They are not
            threads of TensorFlow, which can compute while they wait.
    """

    def __init__(
        self,
        batch_size: int,
        in_memory: Mapping[str, Any],
        specs: Mapping[str, SampleSpec],
        read: Callable[[SampleRequest], Mapping[str, Values]],
        assemble: Callable[[dict[str, Any]], Any],
        errors: WorkerErrors,
        waiting: Waiting | None = None,
        readers: int | None = None,
    ) -> None:
        self._batch_size = batch_size
        self._in_memory = dict(in_memory)
        self._specs = dict(specs)

        def read_in_order(indices: Indices, places: Indices, epoch: int) -> list[Values]:
            values = read(SampleRequest(indices, None if epoch < 0 else places, max(int(epoch), 0)))
            return [values[name] for name in specs]

        self._read = EXIT_GATE.passing(errors.guard(read_in_order))
        self._assemble = assemble
        self._waiting = waiting
        self._readers = self._default_readers() if readers is None else readers
        self._make: TracedDataset | None = None

    def _default_readers(self) -> int:
        """Return two per core for large samples, whose decoding needs no GIL, else one, which costs less in turns."""
        size = sum(math.prod(spec.shape) * np.dtype(spec.dtype).itemsize for spec in self._specs.values())
        return 2 * cores() if size >= _LARGE_SAMPLE else max(2, cores())

    def batches(
        self, order: Indices, starts: Indices, first_step: int, places: Indices | None = None, epoch: int | None = None
    ) -> Any:
        """Return batches of samples in the given order.

        Args:
            order: int64 indices of samples.
            starts: positions in `order` at which the batches begin, followed by the end of the last batch.
            first_step: number of batches to skip at the beginning, without reading them.
            places: the places of these samples in the training part before it was shuffled; unused in an evaluation.
            epoch: the training epoch, from 0; None for an evaluation.

        Returns:
            A `tf.data.Dataset` of known length.
        """
        import tensorflow as tf

        # On the CPU even if there is a GPU, so that the next batches are gathered while the GPU computes.
        with tf.device("CPU:0"):
            if self._make is None:
                positions = tf.TensorSpec([None], tf.int64)
                number = tf.TensorSpec([], tf.int64)
                signature = [positions, positions, number, positions, number]
                self._make = TracedDataset(self._dataset, signature)
            shuffled = order if places is None else places
            given = (order, starts, first_step, shuffled, -1 if epoch is None else epoch)
            dataset = self._make(*(tf.constant(value, tf.int64) for value in given))
        # The dataset calls methods of this object, which must exist as long as the dataset does.
        dataset._kpipe_feed = self
        return dataset

    def _dataset(self, order: Any, starts: Any, first_step: Any, places: Any, epoch: Any) -> Any:
        import tensorflow as tf

        steps = tf.shape(starts, tf.int64)[0] - 1

        def batch(step: Any) -> Any:
            part = slice(starts[step], starts[step + 1])
            return self._batch(order[part], places[part], epoch)

        dataset = tf.data.Dataset.range(first_step, steps)
        threads = self._readers if self._specs else 2
        dataset = dataset.map(batch, num_parallel_calls=threads, deterministic=True)
        options = tf.data.Options()
        if self._specs:
            # Threads that wait for worker processes must not be those that compute the training step.
            options.threading.private_threadpool_size = threads
        options.experimental_optimization.apply_default_optimizations = False
        dataset = dataset.with_options(options).prefetch(self._prefetched())
        if self._specs and self._waiting is not None:
            dataset = self._waiting.measured(dataset)
        return dataset

    def _batch(self, indices: Any, places: Any, epoch: Any) -> Any:
        import tensorflow as tf

        values = {name: tf.gather(tensor, indices) for name, tensor in self._in_memory.items()}
        if self._specs:
            types = [tf.as_dtype(spec.dtype) for spec in self._specs.values()]
            read = tf.numpy_function(self._read, [indices, places, epoch], types)
            for (name, spec), tensor in zip(self._specs.items(), read, strict=True):
                tensor.set_shape([None, *spec.shape])
                values[name] = tensor
        return self._assemble(values)

    def _prefetched(self) -> int:
        sizes = [math.prod(tensor.shape[1:]) * tensor.dtype.size for tensor in self._in_memory.values()]
        sizes += [math.prod(spec.shape) * np.dtype(spec.dtype).itemsize for spec in self._specs.values()]
        return int(min(max(PREFETCHED_BYTES // max(sum(sizes) * self._batch_size, 1), 2), MAX_PREFETCHED))
