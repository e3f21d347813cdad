"""The measurements of each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.keras_internals import learning_rate_source
from kpipe.messages.training_position import TrainingPosition
from kpipe.run_files import RunFile
from kpipe.train.devices.training_variables import copies
from kpipe.train.measurements.training_sample import TrainingSample
from kpipe.train.run_folder.growing_table import GrowingTable
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.stage_start import StageStart

#: The epochs until which the distance of two measured epochs does not grow.
EPOCHS = 100


class EpochMeasurements:
    """Writes the measurements of epochs to `measurements.csv`.

    `update_ratio` is norm(update) / norm(weights) of the last update of the epoch over all trainable kernels, empty if
    the optimizer has no learning rate, and `penalty` the sum of the penalties of the weights. The loss and the metrics
    of a sample of the training part follow, in inference mode, from epochs that were validated. Which epochs are
    measured depends on their numbers only: the distance doubles after 200, 400, 800 epochs and so on. The first epoch
    of a later stage is always measured, since a short one may contain no other.

    Args:
        folder: the run folder.
        model: the training model.
        sample: the sample of the training part; None if there is no validation part.
        steps: the number of steps of an epoch.
        start: where the stage begins within the whole training; by default at its beginning.
    """

    def __init__(
        self,
        folder: RunFolder,
        model: keras.Model,
        sample: TrainingSample | None,
        *,
        steps: int,
        start: StageStart | None = None,
    ) -> None:
        self._table = GrowingTable(folder, RunFile.MEASUREMENTS, ["epoch", "update_ratio", "penalty"])
        self._model, self.sample = model, sample
        self._steps = steps
        self._first = None if start is None or not start.stage else start.epochs + 1
        self._every = 1 if sample is None else sample.every
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        self._span = max(int(optimizer.gradient_accumulation_steps or 1), model.steps_per_execution)
        # The length of a step of a line search tells nothing about a learning rate.
        has_rate = learning_rate_source(optimizer) is not None
        self._kernels = [entry for entry in model.trainable_variables if len(entry.shape) > 1 and has_rate]
        self._epoch = 1
        self._before: list[npt.NDArray[Any]] | None = None
        self._metrics: dict[str, float] = {}

    def epoch_begins(self, epoch: int) -> None:
        """Keep the weights if the last update of the epoch is its first."""
        if epoch != self._epoch or epoch == 1:
            self._epoch = epoch
            self._keep(0)

    def step_ends(self, step: int, logs: Any) -> None:
        """Keep the weights before the last update of the epoch."""
        self._keep(step)

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Do nothing; the measurements are those of epochs."""

    def evaluate(self, check_data: Callable[[], None] | None = None) -> None:
        """Evaluate the sample of the training part; call it with the weights that are validated."""
        if self.sample is not None and self._is_measured(self._epoch):
            self._metrics = self.sample.evaluate(check_data)

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Write the row of an epoch."""
        if self._is_measured(moment.epoch):
            ratio = None if self._before is None else self._ratio(self._before)
            self._table.add(
                {"epoch": moment.epoch, "update_ratio": ratio, "penalty": penalty(self._model), **self._metrics}
            )
        self._before, self._metrics = None, {}

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {"table": self._table.state(), "epoch": self._epoch, "before": self._before}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `state` returned, also in the file.

        Raises:
            DataError: the file has been changed since.
        """
        self._table.restore(state["table"])
        self._epoch, self._before = int(state["epoch"]), state["before"]

    def _is_measured(self, epoch: int) -> bool:
        doubled = max(0, int(math.log2(max(epoch - 1, 1) / EPOCHS)))
        return epoch % (self._every << doubled) == 0 or epoch == self._first

    def _keep(self, step: int) -> None:
        if self._is_measured(self._epoch) and step == max(self._steps - self._span, 0):
            self._before = [np.array(copies(variable)[0]) for variable in self._kernels]

    def _ratio(self, before: list[npt.NDArray[Any]]) -> float | None:
        after = [np.asarray(copies(variable)[0]) for variable in self._kernels]
        weights = _norm(before)
        return _norm([new - old for new, old in zip(after, before, strict=True)]) / weights if weights else None


def penalty(model: keras.Model) -> float:
    """Return the sum of the penalties of all weights, as in the loss.

    Args:
        model: a built model.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5))
        >>> penalty(keras.Sequential([keras.Input((4,)), dense]))
        2.0
    """
    found = [variable for variable in model.trainable_variables if variable.regularizer is not None]
    return float(sum(float(variable.regularizer(variable)) for variable in found))


def _norm(arrays: list[npt.NDArray[Any]]) -> float:
    return math.sqrt(sum(float(np.vdot(array, array)) for array in map(_flat, arrays)))


def _flat(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return array.astype(np.float64).reshape(-1)
