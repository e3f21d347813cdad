"""The tables of a run that grow with it, such as the metrics of each epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.messages.training_position import TrainingPosition
from kpipe.run_files import RunFile
from kpipe.train.run_folder.growing_table import GrowingTable, TextRow, unchanged_rows
from kpipe.train.run_folder.run_folder import RunFolder

#: The columns of `layers.csv`.
_LAYER_COLUMNS = (
    "step",
    "epoch",
    "layer",
    "mean",
    "deviation",
    "dead",
    "saturated",
    "gradient_norm",
    "update_ratio",
)
#: Those that contain text.
_TEXT = frozenset({"layer"})


class History:
    """Writes one row per epoch to `history.csv`, per validation within an epoch to `validations.csv`, and per measured
    layer to `layers.csv`.

    Args:
        folder: the run folder.
        names: the names of the metrics of an epoch, in their order.
        learning_rate: returns the current learning rate of the optimizer.
        has_stages: whether there is a column with the stage of each epoch, default False.

    Attributes:
        stage: the number of the current stage, from 1.
    """

    def __init__(self, folder: RunFolder, names: list[str], learning_rate: Any, *, has_stages: bool = False) -> None:
        self._learning_rate = learning_rate
        self.stage = 1
        self._has_stages = has_stages
        first = ["epoch", *(["stage"] if has_stages else []), "learning_rate", *names]
        self._epochs = GrowingTable(folder, RunFile.HISTORY, first, ["seconds"])
        self._within = GrowingTable(folder, RunFile.VALIDATIONS)
        self._layers = GrowingTable(folder, RunFile.LAYERS, _LAYER_COLUMNS, text=_TEXT)

    @property
    def rows(self) -> list[dict[str, float | int | None]]:
        """The rows of `history.csv`."""
        return self._epochs.rows

    def columns(self) -> dict[str, list[Any]]:
        """Return the values of each epoch by metric name; None for epochs without it, such as those not validated."""
        return {name: [row.get(name) for row in self.rows] for name in self._epochs.columns}

    def state(self) -> dict[str, Any]:
        """Return the states of all files as plain values."""
        return {"rows": self._epochs.state(), "within": self._within.state(), "layers": self._layers.state()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `state` returned, also in the files.

        Raises:
            DataError: a file has been changed since.
        """
        self._epochs.restore(state["rows"])
        self._within.restore(state["within"])
        # Checkpoints of earlier versions have no rows of layers.
        self._layers.restore(state.get("layers", []))

    @staticmethod
    def refuse_changed(folder: RunFolder, state: Mapping[str, Any]) -> None:
        """Refuse a state that `set_state` could not restore.

        Raises:
            DataError: a file has been changed since.
        """
        parts = {RunFile.HISTORY: "rows", RunFile.VALIDATIONS: "within", RunFile.LAYERS: "layers"}
        for name, key in parts.items():
            part = state.get(key, [])
            if not isinstance(part, list):
                unchanged_rows(folder, name, part, _TEXT if name is RunFile.LAYERS else ())

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing; rows are written at the end of an epoch."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Do nothing; rows are written at the end of an epoch."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Add a row to `validations.csv`."""
        self._within.add({"step": moment.step, "epoch": moment.epoch, **metrics})

    def measured(self, rows: Sequence[TextRow]) -> None:
        """Add rows of `LayerStatistics` to `layers.csv`."""
        self._layers.extend(rows)

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Add a row to `history.csv`."""
        stage = {"stage": self.stage} if self._has_stages else {}
        row = {"epoch": moment.epoch, **stage, "learning_rate": self._learning_rate(), **metrics}
        self._epochs.add({**row, "seconds": round(seconds, 3)})
