"""Batches as a `tf.data.Dataset`: tensors in memory are gathered by TensorFlow, other samples are read by threads."""

from __future__ import annotations

import itertools
import math
import time
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.feeds.exit_gate import EXIT_GATE
from kpipe.data.feeds.grouped_reads import GroupedReads
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.feeds.sample_spec import SampleSpec
from kpipe.data.feeds.sequential_map import sequential_map
from kpipe.data.feeds.traced_dataset import TracedDataset
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.feeds.worker_errors import WorkerErrors

Values = npt.NDArray[Any]

#: Batches that are prefetched, to compensate for slow ones, and the memory that they may occupy.
MAX_PREFETCHED, PREFETCHED_BYTES = 8, 64 * 2**20

#: Bytes of a sample from which two reading threads per core are faster.
_LARGE_SAMPLE = 2**15

#: Bytes of a batch that is gathered about as fast as it is handed over from another thread.
_SMALL_BATCH = 2**18

#: Small samples that are read at once.
_GROUPED_SAMPLES = 128


class Feed:
    """A factory of batches in any order, which is traced by TensorFlow only once.

    Samples that are not tensors are read by threads of this object, which need not be started and ended in each epoch
    as those of a dataset, and are not threads of TensorFlow, which can compute while they wait.

    Args:
        batch_size: most samples per batch.
        in_memory: tensors with the samples along the first axis, by key.
        specs: shapes and types of the tensors that are read, by key; empty if all are in memory.
        read: a function that returns the other tensors of the requested samples as arrays, by key.
        assemble: a function that returns a batch, given all tensors by key.
        errors: stores exceptions of `read`.
        waiting: adds up the time in which training steps wait for `read`; None to measure nothing.
        readers: number of threads that call `read` at the same time, by default one or two per core.
        rows: by key, the row of each sample in a tensor of `in_memory` whose rows are those of some samples only; by
            default the rows are the samples.

    Attributes:
        waiting: the argument; None if all samples are in memory.
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
        rows: Mapping[str, Any] | None = None,
    ) -> None:
        self._rows = dict(rows or {})
        self._batch_size = batch_size
        self._in_memory = dict(in_memory)
        self._specs = dict(specs)
        self._read = read
        self._assemble = assemble
        self.waiting = waiting if specs else None
        self._readers = self._default_readers() if readers is None else readers
        # Processes share the batches, so that each is read by itself.
        is_small = readers is None and self._sample_bytes() < _LARGE_SAMPLE
        self._group_size = max(1, _GROUPED_SAMPLES // batch_size) if is_small else 1
        self._threads = ThreadPoolExecutor(self._readers, "kpipe reader")
        self._keys = itertools.count()
        self._epochs: dict[int, tuple[GroupedReads, Waiting | None]] = {}
        self._taken = EXIT_GATE.passing(errors.guard(self._take))
        self._make: TracedDataset | None = None
        self._mapped: Any = None

    def _default_readers(self) -> int:
        """Return two per core for large samples, whose decoding needs no GIL, else one, which costs less in turns."""
        return 2 * cores() if self._sample_bytes() >= _LARGE_SAMPLE else max(2, cores())

    def _sample_bytes(self) -> int:
        return sum(math.prod(spec.shape) * np.dtype(spec.dtype).itemsize for spec in self._specs.values())

    def batches(
        self,
        order: Indices,
        starts: Indices,
        first_step: int,
        places: Indices | None = None,
        epoch: int | None = None,
        is_measured: bool = True,
    ) -> Any:
        """Return batches of samples in the given order.

        Args:
            order: int64 indices of samples.
            starts: positions in `order` at which the batches begin, followed by the end of the last batch.
            first_step: number of batches to skip at the beginning, without reading them.
            places: the places of these samples in the training part before it was shuffled; unused in an evaluation.
            epoch: the training epoch, from 0; None for an evaluation.
            is_measured: whether the time of waiting is added up, default true.

        Returns:
            A `tf.data.Dataset` of known length.
        """
        import tensorflow as tf

        key = next(self._keys)
        # On the CPU even if there is a GPU, so that the next batches are gathered while the GPU computes.
        with tf.device("CPU:0"):
            if self._make is None:
                positions = tf.TensorSpec([None], tf.int64)
                number = tf.TensorSpec([], tf.int64)
                signature = [positions, positions, number, number]
                self._make = TracedDataset(self._dataset, signature)
            values = (tf.constant(value, tf.int64) for value in (order, starts, first_step, key))
            dataset = self._make(*values)
        if self._specs:
            ahead = self._read_ahead(order, starts, first_step, None if epoch is None else places, epoch or 0)
            self._epochs[key] = (ahead, self.waiting if is_measured else None)
            weakref.finalize(dataset, self._epochs.pop, key)
        # The dataset calls methods of this object, which must exist as long as the dataset does.
        dataset._kpipe_feed = self
        return dataset

    def _read_ahead(
        self, order: Indices, starts: Indices, first_step: int, places: Indices | None, epoch: int
    ) -> GroupedReads:
        def read(part: slice) -> list[Values]:
            found = self._read(SampleRequest(order[part], None if places is None else places[part], epoch))
            return [found[name] for name in self._specs]

        size = self._group_size
        depth = -(-(self._prefetched() + self._readers) // size)
        return GroupedReads(read, np.asarray(starts).tolist(), size, depth, self._threads, first_step)

    def _dataset(self, order: Any, starts: Any, first_step: Any, key: Any) -> Any:
        import tensorflow as tf

        def batch(step: Any) -> Any:
            return self._batch(order[starts[step] : starts[step + 1]], key, step)

        # Each function of a dataset costs several milliseconds in each epoch, so there is only this one.
        steps = tf.data.Dataset.range(first_step, tf.shape(starts, tf.int64)[0] - 1)
        dataset = self._mapped = sequential_map(steps, batch)
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        dataset = dataset.with_options(options)
        if not self._specs and self._is_worth_prefetching():
            dataset = dataset.prefetch(self._prefetched())
        return dataset

    def _is_worth_prefetching(self) -> bool:
        """Return whether batches of tensors in memory are large, or gathered while a GPU computes."""
        import tensorflow as tf

        return self._batch_bytes() > _SMALL_BATCH or bool(tf.config.get_visible_devices("GPU"))

    def _batch(self, indices: Any, key: Any, step: Any) -> Any:
        import tensorflow as tf

        rows = {name: tf.gather(tensor, indices) for name, tensor in self._rows.items()}
        values = {name: tf.gather(tensor, rows.get(name, indices)) for name, tensor in self._in_memory.items()}
        if self._specs:
            types = [tf.as_dtype(spec.dtype) for spec in self._specs.values()]
            read = tf.numpy_function(self._taken, [key, step], types)
            for (name, spec), tensor in zip(self._specs.items(), read, strict=True):
                tensor.set_shape([None, *spec.shape])
                values[name] = tensor
        return self._assemble(values)

    def _take(self, key: Any, step: Any) -> list[Values]:
        ahead, waiting = self._epochs[int(key)]
        requested = time.perf_counter()
        found: list[Values] = ahead.take(int(step))
        if waiting is not None:
            waiting.add(time.perf_counter() - requested)
        return found

    def _batch_bytes(self) -> int:
        held = sum(math.prod(tensor.shape[1:]) * tensor.dtype.size for tensor in self._in_memory.values())
        return int((held + self._sample_bytes()) * self._batch_size)

    def _prefetched(self) -> int:
        return min(max(PREFETCHED_BYTES // max(self._batch_bytes(), 1), 2), MAX_PREFETCHED)
