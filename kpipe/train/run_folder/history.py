"""The metrics of each epoch, which are written after each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.messages.training_position import TrainingPosition
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


class History:
    """Writes one row per epoch to `history.csv`, and one per validation within an epoch to `validations.csv`.

    Args:
        folder: the run folder.
        names: the names of the metrics of an epoch, in their order.
        learning_rate: returns the current learning rate of the optimizer.
    """

    def __init__(self, folder: RunFolder, names: list[str], learning_rate: Any) -> None:
        self._folder = folder
        self._learning_rate = learning_rate
        self._own = ["epoch", "learning_rate", *names]
        self.rows: list[dict[str, float | int | None]] = []
        self._within: list[dict[str, float | int | None]] = []

    @property
    def _names(self) -> list[str]:
        """The columns, those that callbacks have added after those of kpipe, in the order of their first values."""
        added = dict.fromkeys(name for row in self.rows for name in row if name not in (*self._own, "seconds"))
        return [*self._own, *added, "seconds"]

    def columns(self) -> dict[str, list[Any]]:
        """Return the values of each epoch by metric name; None for epochs without it, such as those not validated."""
        return {name: [row.get(name) for row in self.rows] for name in self._names}

    def state(self) -> dict[str, Any]:
        """Return all rows as plain values."""
        return {"rows": self.rows, "within": self._within}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `state` returned, and rewrite the files."""
        self.rows, self._within = list(state["rows"]), list(state["within"])
        self._write(RunFile.HISTORY, self._names, self.rows)
        if self._within:
            self._write(RunFile.VALIDATIONS, list(self._within[0]), self._within)

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing; rows are written at the end of an epoch."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Do nothing; rows are written at the end of an epoch."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Add a row to `validations.csv`."""
        self._within.append({"step": moment.step, "epoch": moment.epoch, **metrics})
        self._write(RunFile.VALIDATIONS, list(self._within[0]), self._within)

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Add a row to `history.csv`."""
        row = {"epoch": moment.epoch, "learning_rate": self._learning_rate(), **metrics}
        self.rows.append({**row, "seconds": round(seconds, 3)})
        self._write(RunFile.HISTORY, self._names, self.rows)

    def _write(self, name: str, header: list[str], rows: list[dict[str, float | int | None]]) -> None:
        self._folder.write_csv(name, header, ([row.get(column) for column in header] for row in rows))
