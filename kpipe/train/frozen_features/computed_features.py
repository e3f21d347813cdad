"""Computing the features of samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kpipe.data.aligned_tensor import aligned_tensor, aligned_zeros
from kpipe.train.frozen_features.feature_calls import FeatureCalls

Values = npt.NDArray[Any]

#: The largest difference of the features of a sample in two batches, as a part of its largest one. Rounding, which
#: differs between batches for some operations, is far below it, also in half precision.
_TOLERANCE = 1e-2


class DependentSamplesError(Exception):
    """The features of a sample depend on the other samples of its batch."""


def computed_features(
    calls: FeatureCalls,
    batches: Iterable[Any],
    count: int,
    check: Callable[[], None] = lambda: None,
    *,
    jit_compile: bool = False,
) -> dict[str, Any]:
    """Return the features of samples as tensors (samples, ...) on the CPU, by their names.

    Args:
        calls: computes the features of a batch; within its block.
        batches: batches of the samples, in order.
        count: the number of samples.
        check: called before each batch; raises an error if the training has to end. By default nothing is checked.
        jit_compile: whether XLA compiles the computation, as that of the step; default false.

    Raises:
        DependentSamplesError: the last sample of the first batch has other features in a batch of its own.

    Example:
        >>> from kpipe.train.frozen_features.find_frozen_part import find_frozen_part
        >>> x = keras.Input((2,))
        >>> model = keras.Model(x, keras.layers.ReLU()(x))
        >>> calls = FeatureCalls(model, find_frozen_part(model))
        >>> with calls.accepted():
        ...     features = computed_features(calls, [(np.array([[1.0, -1.0]], "float32"),)], 1)
        >>> {name: tensor.numpy().tolist() for name, tensor in features.items()}
        {'kpipe_feature_0': [[1.0, 0.0]]}
    """
    compute: Any = None
    kept: dict[str, Values] = {}
    types: dict[str, Any] = {}
    first = 0
    for batch in batches:
        check()
        if compute is None:
            compute = _traced(calls, batch[0], jit_compile)
            _check_independent(compute, batch[0])
        found = compute(batch[0])
        end = first + len(next(iter(found.values())))
        for name, tensor in found.items():
            values, types[name] = _plain(tensor.numpy()), tensor.dtype
            if name not in kept:
                kept[name] = aligned_zeros((count, *values.shape[1:]), values.dtype.name)
            kept[name][first:end] = values
        first = end
    with tf.device("CPU:0"):
        return {name: _tensor(values, types[name]) for name, values in kept.items()}


def _traced(calls: FeatureCalls, x: Any, jit_compile: bool) -> Any:
    """Return the computation for batches of any size, which are not traced again."""
    signature = keras.tree.map_structure(lambda entry: tf.TensorSpec([None, *entry.shape[1:]], entry.dtype), x)
    # A `partial` has no code, so that TensorFlow does not add up the traces of several trainings and warn of them.
    return tf.function(partial(calls.features), input_signature=[signature], jit_compile=jit_compile, autograph=False)


def _check_independent(compute: Any, x: Any) -> None:
    alone = compute(keras.tree.map_structure(lambda entry: entry[-1:], x))
    for name, together in compute(x).items():
        first, second = (np.asarray(tf.cast(values[-1], tf.float64)) for values in (alone[name], together))
        if not np.allclose(first, second, rtol=0, atol=_TOLERANCE * np.abs(second).max(initial=0), equal_nan=True):
            raise DependentSamplesError(name)


def _plain(values: Values) -> Values:
    """Return values that can be shared with TensorFlow; types that NumPy does not have, as bfloat16, as integers."""
    return (
        values if values.dtype.kind in "biuf" and values.dtype.isbuiltin else values.view(f"uint{8 * values.itemsize}")
    )


def _tensor(values: Values, dtype: Any) -> Any:
    tensor = aligned_tensor(values)
    return tensor if tensor.dtype == dtype else tf.bitcast(tensor, dtype)
