"""The statistics of layers in the files of a run."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import LayerStatistics

from kpipe.messages.training_position import TrainingPosition
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.tensorboard_curves import Curves
from kpipe.train.stages.stage_start import StageStart


class LayerReport:
    """Writes the measurements of a `LayerStatistics` to `layers.csv` and for TensorBoard.

    Args:
        statistics: the callback, whose rows are taken, so that checkpoints do not contain them.
        history: writes `layers.csv`.
        curves: writes for TensorBoard.
        start: where the steps of the callback begin within the whole training; by default at its beginning.
    """

    def __init__(
        self, statistics: LayerStatistics, history: History, curves: Curves, start: StageStart | None = None
    ) -> None:
        self._statistics, self._history, self._curves = statistics, history, curves
        self._start = start or StageStart()

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing; rows are written after the step that is measured."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Write the rows of a measurement after this step, if there is one."""
        rows = [self._of_training(row) for row in self._statistics.take_rows()]
        if rows:
            self._history.measured(rows)
            self._curves.measured(rows[0]["step"], self._statistics.latest)

    def _of_training(self, row: dict[str, Any]) -> dict[str, Any]:
        start = self._start
        return {**row, "step": row["step"] + start.steps, "epoch": row["epoch"] + start.epochs}

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Do nothing; rows are written after the step that is measured."""

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Do nothing; rows are written after the step that is measured."""
