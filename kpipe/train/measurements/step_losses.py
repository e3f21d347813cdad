"""The losses of the steps of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kpipe.messages.training_position import TrainingPosition
from kpipe.run_files import RunFile
from kpipe.train.run_folder.growing_table import GrowingTable, TextRow
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.stage_start import StageStart

#: The number of rows until the number of steps of a group doubles for the first time, and from then on.
ROWS = 1000
#: The number of steps whose logs are kept before they are read from the device at once.
_READ = 256
_COLUMNS = ("step", "loss", "lowest", "highest")
#: On several replicas, reading a loss waits for all of them.
_LEAST_ON_REPLICAS = 8


class StepLosses:
    """Writes the losses of the steps to `steps.csv`, in groups that become longer.

    The first 2,000 steps have a row each, the next 2,000 one for two steps, the next 4,000 one for four, and so on, so
    that a million steps have 11,000 rows. A row has the number of its last step, and the mean, the lowest and the
    highest loss of its steps. Keras reports the mean m of the losses of an epoch so far; the loss of a step is the
    difference of m times the number of samples, divided by the samples of the step. It is exact to about 1e-7 of the
    sum of the losses of the epoch.

    Args:
        folder: the run folder.
        sizes: the number of samples of each step of an epoch.
        replicas: the number of devices, default 1.
        start: where these steps begin within the whole training; by default at its beginning.
    """

    def __init__(
        self, folder: RunFolder, sizes: Sequence[int], replicas: int = 1, start: StageStart | None = None
    ) -> None:
        self._start = start or StageStart()
        self._table = GrowingTable(folder, RunFile.STEPS, _COLUMNS)
        self._samples = np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))])
        self._least = _LEAST_ON_REPLICAS if replicas > 1 else 1
        self._epoch, self._total, self._read = 1, 0.0, 0
        self._logs: list[tuple[int, Any]] = []
        self._group: list[tuple[float, int]] = []
        self._rows: list[TextRow] = []

    @property
    def _steps(self) -> int:
        return len(self._samples) - 1

    def epoch_begins(self, epoch: int) -> None:
        """Begin the sum of an epoch."""
        if epoch != self._epoch:
            self._epoch, self._total, self._read = epoch, 0.0, 0

    def step_ends(self, step: int, logs: Mapping[str, tf.Tensor]) -> None:
        """Keep the mean of the losses after a step."""
        if step % self._least and step != self._steps:
            return
        self._logs.append((step, logs["loss"]))
        if len(self._logs) >= _READ or self._least > 1:
            self._flush()

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Do nothing; validations are in `validations.csv`."""

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Write the groups that are complete."""
        self._flush()
        self._write()

    def finish(self) -> None:
        """Write the last group, which may be smaller, when the training has ended.

        Raises:
            TrainingError: the file cannot be written.
        """
        self._flush()
        self._end_group()
        # A resumed training that is refused has not read the file, and must not change it.
        if self._rows:
            self._write()
            # It waits for the disk.
            self._table.state()

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        self._flush()
        return {
            "table": self._table.state(),
            "epoch": self._epoch,
            # As arrays, since JSON has no infinity.
            "total": np.float64(self._total),
            "read": self._read,
            "group": np.array(self._group, np.float64).reshape(-1, 2),
            "rows": np.array([[*row.values()] for row in self._rows], np.float64).reshape(-1, len(_COLUMNS)),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `state` returned, also in the file.

        Raises:
            DataError: the file has been changed since.
        """
        self._table.restore(state["table"])
        self._epoch = int(state["epoch"])
        self._total, self._read = float(state["total"]), int(state["read"])
        self._group = [(float(loss), int(step)) for loss, step in state["group"]]
        self._rows = [_row(*values) for values in state["rows"]]

    def _flush(self) -> None:
        """Compute the losses of the steps whose logs were kept."""
        for step, mean in self._logs:
            count = int(self._samples[step] - self._samples[self._read])
            total = float(mean) * float(self._samples[step])
            before = self._start.steps + (self._epoch - 1 - self._start.epochs) * self._steps
            self._add((total - self._total) / count, before + step)
            self._total, self._read = total, step
        self._logs.clear()

    def _add(self, loss: float, step: int) -> None:
        self._group.append((loss, step))
        if step % group_size(step) == 0 or step - self._group[0][1] >= group_size(step):
            self._end_group()

    def _end_group(self) -> None:
        if self._group:
            losses = np.array([entry for entry, _ in self._group])
            self._rows.append(_row(self._group[-1][1], losses.mean(), losses.min(), losses.max()))
            self._group.clear()

    def _write(self) -> None:
        if self._rows:
            self._table.extend(self._rows)
            self._rows.clear()


def group_size(step: int) -> int:
    """Return the number of steps of the group to which a step belongs, counted from 1.

    Example:
        >>> [group_size(step) for step in (1, 2000, 2001, 4000, 4001, 1_000_000)]
        [1, 1, 2, 2, 4, 512]
    """
    return 1 if step <= 2 * ROWS else 2 ** int(math.log2((step - 1) / ROWS))


def _row(step: float, loss: float, lowest: float, highest: float) -> TextRow:
    return dict(zip(_COLUMNS, (int(step), float(loss), float(lowest), float(highest)), strict=True))
