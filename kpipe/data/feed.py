"""Batches as a `tf.data` set: what is in memory is gathered by TensorFlow, the rest is read by NumPy."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Indices

Values = npt.NDArray[Any]

#: Batches that wait ready: enough to bridge a slow one, within a bound on memory.
MOST_WAITING, WAITING_BYTES = 8, 64 * 2**20


@dataclass(frozen=True, slots=True)
class Spec:
    """Shape of one sample and NumPy's name of its type."""

    shape: tuple[int, ...]
    dtype: str


class WorkerErrors:
    """Keeps what a worker raised, since TensorFlow only passes the text on."""

    def __init__(self) -> None:
        self._first: Exception | None = None
        self._lock = threading.Lock()

    def guard(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its first exception kept."""

        def guarded(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except Exception as error:
                with self._lock:
                    self._first = self._first or error
                raise

        return guarded

    @contextlib.contextmanager
    def raised(self) -> Iterator[None]:
        """Within it, an error of TensorFlow that represents a worker's exception becomes that exception."""
        import tensorflow as tf

        try:
            yield
        except tf.errors.OpError as error:
            with self._lock:
                first, self._first = self._first, None
            if first is None or str(first) not in str(error):
                raise
            raise first from None


class Feed:
    """Makes the batches of any order; traced by TensorFlow once, then cheap to start again.

    Args:
        batch_size: samples a batch at most.
        held: tensors by key, whose first axis is the samples.
        specs: of the rest, by key; empty where all is held.
        read: returns the rest for some indices, as arrays by key.
        assemble: makes a batch from all tensors by key.
        errors: keeps what `read` raises.
    """

    def __init__(
        self,
        batch_size: int,
        held: Mapping[str, Any],
        specs: Mapping[str, Spec],
        read: Callable[[Indices], Mapping[str, Values]],
        assemble: Callable[[dict[str, Any]], Any],
        errors: WorkerErrors,
    ) -> None:
        self._batch_size = batch_size
        self._held = dict(held)
        self._specs = dict(specs)

        def read_in_order(indices: Indices) -> list[Values]:
            values = read(indices)
            return [values[name] for name in specs]

        self._read = errors.guard(read_in_order)
        self._assemble = assemble
        self._element_spec: Any = None
        self._make: Any = None

    def batches(self, order: Indices, starts: Indices, first_step: int) -> Any:
        """The batches of an order.

        Args:
            order: int64 indices of samples.
            starts: positions in `order` at which the batches begin, and where the last one ends.
            first_step: batches that are skipped at the beginning, without reading them.

        Returns:
            A `tf.data.Dataset` of known length.
        """
        import tensorflow as tf

        # On the host also where there is a GPU: the next batches are gathered while it computes.
        with tf.device("CPU:0"):
            if self._make is None:
                positions = tf.TensorSpec([None], tf.int64)
                signature = [positions, positions, tf.TensorSpec([], tf.int64)]
                self._make = tf.function(self._variant, input_signature=signature, autograph=False)
            values = (tf.constant(value, tf.int64) for value in (order, starts, first_step))
            variant = self._make(*values)
            dataset = tf.data.experimental.from_variant(variant, self._element_spec)
        # The batches call back into this object, which must live as long as they do.
        dataset._kpipe_feed = self
        return dataset

    def _variant(self, order: Any, starts: Any, first_step: Any) -> Any:
        """The set as a tensor: made in a traced function, so that an epoch costs one call and no tracing."""
        import tensorflow as tf

        steps = tf.shape(starts, tf.int64)[0] - 1

        def batch(step: Any) -> Any:
            return self._batch(order[starts[step] : starts[step + 1]])

        dataset = tf.data.Dataset.range(first_step, steps)
        workers = max(2, cores()) if self._specs else 2
        dataset = dataset.map(batch, num_parallel_calls=workers, deterministic=True)
        options = tf.data.Options()
        options.experimental_optimization.apply_default_optimizations = False
        dataset = dataset.with_options(options).prefetch(self._waiting())
        self._element_spec = dataset.element_spec
        return tf.data.experimental.to_variant(dataset)

    def _batch(self, indices: Any) -> Any:
        import tensorflow as tf

        values = {name: tf.gather(tensor, indices) for name, tensor in self._held.items()}
        if self._specs:
            types = [tf.as_dtype(spec.dtype) for spec in self._specs.values()]
            read = tf.numpy_function(self._read, [indices], types)
            for (name, spec), tensor in zip(self._specs.items(), read, strict=True):
                tensor.set_shape([None, *spec.shape])
                values[name] = tensor
        return self._assemble(values)

    def _waiting(self) -> int:
        sizes = [math.prod(tensor.shape[1:]) * tensor.dtype.size for tensor in self._held.values()]
        sizes += [math.prod(spec.shape) * np.dtype(spec.dtype).itemsize for spec in self._specs.values()]
        return int(min(max(WAITING_BYTES // max(sum(sizes) * self._batch_size, 1), 2), MOST_WAITING))
