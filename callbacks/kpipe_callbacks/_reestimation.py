"""Re-estimation of the moving statistics of BatchNormalization from data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np

from kpipe_callbacks import _values
from kpipe_callbacks._keras_internals import layers_of
from kpipe_callbacks.training_session import TrainingSession

#: The cardinality that `tf.data` reports for an infinite dataset.
_INFINITE = -1


def batch_norm_layers(model: keras.Model) -> list[Any]:
    """All trainable BatchNormalization layers, including nested ones."""
    layers = layers_of(model)
    return [entry for entry in layers if isinstance(entry, keras.layers.BatchNormalization) and entry.trainable]


def batch_norm_statistics(model: keras.Model) -> list[keras.Variable]:
    """The moving means and variances of the trainable BatchNormalization layers."""
    return statistics_of(batch_norm_layers(model))


def statistics_of(layers: Sequence[Any]) -> list[keras.Variable]:
    """The moving means and variances of BatchNormalization layers."""
    return [entry for layer in layers for entry in (layer.moving_mean, layer.moving_variance)]


def reestimate_statistics(
    model: keras.Model,
    data: Any,
    *,
    layers: Sequence[Any] | None = None,
    forward: Callable[[Any], None] | None = None,
) -> None:
    """Set the moving statistics of BatchNormalization to their means over the batches of a dataset.

    The rest of the model does not change.

    Args:
        model: a built model.
        data: batches of inputs, or of (inputs, ...).
        layers: the layers to set; default None: all that are trainable.
        forward: the output of `training_pass(model)`, to compile it only once; default None: compiled here.

    Raises:
        ValueError: the data contains no batch.
    """
    statistics = batch_norm_statistics(model) if layers is None else statistics_of(layers)
    if not statistics:
        return
    totals = [np.zeros(variable.shape, np.float64) for variable in statistics]
    samples = 0
    with _statistics_of_one_batch(model, statistics):
        forward = forward or training_pass(model)
        for inputs in _inputs(data):
            count = int(keras.tree.flatten(inputs)[0].shape[0])
            forward(inputs)
            samples += count
            for total, variable in zip(totals, statistics, strict=True):
                total += count * _values.array_of(variable).astype(np.float64)
    if not samples:
        raise ValueError(
            "data: empty or already consumed; expected at least one batch, got none; pass a list of batches"
        )
    for variable, total in zip(statistics, totals, strict=True):
        variable.assign((total / samples).astype("float32"))


@contextmanager
def _statistics_of_one_batch(model: keras.Model, statistics: list[keras.Variable]) -> Iterator[None]:
    """Make the moving statistics those of the last batch alone within the context, and restore the model after it."""
    layers = batch_norm_layers(model)
    known = {id(variable) for variable in statistics}
    variables = [entry for entry in model.non_trainable_variables if id(entry) not in known] + statistics
    # Replicas can have different values, as those of unsynchronized statistics.
    before = _values.read(variables)
    momenta = [layer.momentum for layer in layers]
    try:
        for layer in layers:
            layer.momentum = 0.0
            # A value that is not finite would remain so even with a momentum of 0.
            layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
            layer.moving_variance.assign(np.ones(layer.moving_variance.shape))
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        _values.write(variables, before)


def training_pass(model: keras.Model) -> Callable[[Any], None]:
    """A forward pass in training mode, compiled on TensorFlow with the first batch; call it while momenta are 0."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # TensorFlow adds up the traces of functions with the same code, as those of several trainings, and warns of the
        # fifth; a `partial` has no code.
        run = tf.function(partial(_discard_output, model), reduce_retracing=True, autograph=False)
        return lambda inputs: run(keras.tree.map_structure(tf.convert_to_tensor, inputs))
    return lambda inputs: _discard(model(inputs, training=True))


def _discard_output(model: keras.Model, inputs: Any) -> None:
    model(inputs, training=True)


def _discard(value: Any) -> None:
    del value


def refuse_data(data: Any) -> None:
    """Raise an error for data that is not an iterable of batches.

    Raises:
        ValueError: the data is a single array or batch, has no end, or is not iterable.
    """
    if isinstance(data, np.ndarray) or keras.ops.is_tensor(data):
        raise ValueError(
            "data: expected an iterable of batches, got one array; split it, such as np.array_split(x, len(x) // 128)"
        )
    if isinstance(data, tuple) and any(isinstance(entry, np.ndarray) or keras.ops.is_tensor(entry) for entry in data):
        raise ValueError(
            "data: a tuple is a single batch; expected an iterable of batches, got a tuple; pass a list of (x, y)"
        )
    if isinstance(data, list) and len({tuple(entry.shape[1:]) for entry in data if isinstance(entry, np.ndarray)}) > 1:
        raise ValueError("data: the arrays of the list have different shapes; expected batches of one input")
    if hasattr(data, "cardinality") and int(data.cardinality()) == _INFINITE:
        raise ValueError(
            "data: the dataset has no end; remove repeat(), or use take(...) with the number of batches of an epoch"
        )
    if data is not None and not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        raise ValueError(f"data: not iterable; expected an iterable of batches, got {data!r}")


def batches_of(data: Any) -> Iterator[Any]:
    """The batches of a dataset in order."""
    return (data[index] for index in range(len(data))) if isinstance(data, keras.utils.PyDataset) else iter(data)


def refuse_second(session: TrainingSession, callback: Any) -> None:
    """Raise an error if another callback of a training sets the statistics for evaluation too.

    Raises:
        ValueError: there is one.
    """
    names = {type(entry).__name__ for entry in session.callbacks if getattr(entry, "sets_evaluated_statistics", False)}
    if len(names) > 1:
        raise ValueError(
            f"{' and '.join(sorted(names))} both change what is evaluated; remove BatchStatistics, and write "
            "batch_norm='reestimate' in PolyakAveraging"
        )
    if any(type(entry) is type(callback) for entry in session.callbacks if entry is not callback):
        raise ValueError(f"duplicate {type(callback).__name__}; remove one")


def _inputs(data: Any) -> Iterator[Any]:
    refuse_data(data)
    for batch in batches_of(data):
        yield batch[0] if isinstance(batch, tuple) else batch
