"""The statistics of layers in the files of a run."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import LayerStatistics

from kpipe.messages.training_position import TrainingPosition
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.tensorboard_curves import Curves


class LayerReport:
    """Writes the measurements of a `LayerStatistics` to `layers.csv` and for TensorBoard.

    Args:
        statistics: the callback, whose rows are taken, so that checkpoints do not contain them.
        history: writes `layers.csv`.
        curves: writes for TensorBoard.
    """

    def __init__(self, statistics: LayerStatistics, history: History, curves: Curves) -> None:
        self._statistics, self._history, self._curves = statistics, history, curves

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing; rows are written after the step that is measured."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Write the rows of a measurement after this step, if there is one."""
        rows = self._statistics.take_rows()
        if rows:
            self._history.measured(rows)
            self._curves.measured(rows[0]["step"], self._statistics.latest)

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Do nothing; rows are written after the step that is measured."""

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Do nothing; rows are written after the step that is measured."""
