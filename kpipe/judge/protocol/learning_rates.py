"""The learning rates of a training."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from kpipe_callbacks.schedule_callbacks.schedule import Schedule

from kpipe.keras_internals import learning_rate_source

#: The most updates at which a schedule of Keras is evaluated.
_POINTS = 10_000


@dataclass(frozen=True)
class LearningRates:
    """The learning rates of a training.

    Args:
        first: those of the first updates.
        peak: the highest one.
    """

    first: npt.NDArray[np.float64]
    peak: float

    def at(self, update: int) -> float:
        """Return the learning rate of an update, counted from 0; of a later one, the last that is known."""
        return float(self.first[min(update, len(self.first) - 1)])


def learning_rates(
    optimizer: Any, callbacks: Sequence[Any], epochs: int, steps: int, count: int = 100
) -> LearningRates | None:
    """Return the learning rates of a training; None if its optimizer does not have a single one.

    Schedules of kpipe, of the optimizer and `LearningRateScheduler` are followed; callbacks that react to metrics, such
    as `ReduceLROnPlateau`, are not.

    Args:
        optimizer: the optimizer of the compiled model.
        callbacks: the callbacks of the training.
        epochs: the epochs of the training.
        steps: the steps of an epoch.
        count: the number of first updates, default 100.

    Example:
        >>> learning_rates(keras.optimizers.SGD(0.1), [], epochs=2, steps=3).peak
        0.1
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    # In `MultiOptimizer`, it is a number that is unused.
    has_several = isinstance(inner, getattr(keras.optimizers, "MultiOptimizer", ()))
    source = None if has_several else learning_rate_source(inner)
    if source is None:
        return None
    accumulation = inner.gradient_accumulation_steps or 1
    updates = max(1, epochs * steps // accumulation)
    if isinstance(source, keras.optimizers.schedules.LearningRateSchedule):
        # A schedule of Keras counts batches, and an update has the learning rate of its last one.
        spread = np.unique(np.linspace(0, updates - 1, _POINTS, dtype=np.int64))
        points = np.union1d(np.arange(min(count, updates)), spread)
        values = _values(source, (points + 1) * accumulation - 1)
        return LearningRates(values[:count], float(values.max()))
    rate = _rounded(source)
    for callback in callbacks:
        if isinstance(callback, Schedule):
            curve = callback.curve(epochs, steps, rate, accumulation)
            if curve.size:
                return LearningRates(curve[:count], float(curve.max()))
        if isinstance(callback, keras.callbacks.LearningRateScheduler):
            each = _by_epoch(callback.schedule, epochs, rate)
            # An update has the learning rate of the epoch of its last batch.
            last = np.arange(1, min(count, updates) + 1) * accumulation - 1
            return LearningRates(each[np.minimum(last // steps, epochs - 1)], float(each.max()))
    return LearningRates(np.full(1, rate), rate)


def _values(schedule: Any, points: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    # In a traced function, as in a training step; separate calls for thousands of points would take seconds. TensorFlow
    # warns of functions with the same code that are traced often; a `partial` has no code.
    each = tf.function(partial(_mapped, schedule), autograph=False)
    return np.asarray(each(tf.constant(points)), np.float64)


def _mapped(schedule: Any, points: Any) -> Any:
    return tf.map_fn(lambda step: tf.cast(schedule(step), tf.float32), points, fn_output_signature=tf.float32)


def _by_epoch(schedule: Any, epochs: int, rate: float) -> npt.NDArray[np.float64]:
    found = []
    for epoch in range(epochs):
        with contextlib.suppress(TypeError):  # Keras also accepts functions of the epoch alone
            rate = float(schedule(epoch, rate))
            found.append(rate)
            continue
        rate = float(schedule(epoch))
        found.append(rate)
    return np.array(found)


def _rounded(variable: Any) -> float:
    """Return the decimal number that a float32 variable was set to."""
    return float(str(np.float32(keras.ops.convert_to_numpy(variable))))
