"""The learning rates of a training."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
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
    source = learning_rate_source(inner)
    if source is None:
        return None
    accumulation = inner.gradient_accumulation_steps or 1
    updates = max(1, epochs * steps // accumulation)
    if isinstance(source, keras.optimizers.schedules.LearningRateSchedule):
        # A schedule of Keras counts batches.
        points = np.unique(np.linspace(0, updates * accumulation - 1, _POINTS, dtype=np.int64))
        first = _values(source, np.arange(min(count, updates)) * accumulation)
        return LearningRates(first, float(max(first.max(), _values(source, points).max())))
    rate = _rounded(source)
    for callback in callbacks:
        if isinstance(callback, Schedule):
            curve = callback.curve(epochs, steps, rate, accumulation)
            return LearningRates(curve[:count], float(curve.max()))
        if isinstance(callback, keras.callbacks.LearningRateScheduler):
            each = _by_epoch(callback.schedule, epochs, rate)
            first = np.repeat(each, max(1, steps // accumulation))[:count]
            return LearningRates(first, float(each.max()))
    return LearningRates(np.full(1, rate), rate)


def _values(schedule: Any, points: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.array([float(schedule(int(point))) for point in points])


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
