"""A finished cross-validation, for use from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.messages.html_table import html_table
from kpipe.messages.metrics_text import number
from kpipe.train.run_folder.run_folder import RunFolder

if TYPE_CHECKING:
    from kpipe.train.run import Run


@dataclass
class CrossValidation:
    """A finished cross-validation; it has no model.

    Args:
        result: the contents of `result.json`: `validation` {metric: mean}, `deviation` {metric: standard deviation},
            and the metrics of each fold in `runs`.
        folder: its folder, with the run folders of all folds in `folds`.
    """

    result: dict[str, Any]
    folder: RunFolder

    def __repr__(self) -> str:
        metrics = "".join(f", {name} {mean} +- {deviation}" for name, mean, deviation in self._metrics())
        return f"<CrossValidation {self._outcome()}{metrics}; folder {escaped(str(self.folder.path))}>"

    def _repr_html_(self) -> str:
        """Return a table of the metrics, for notebooks."""
        caption = f"{self._outcome()}; folder {escaped(str(self.folder.path))}"
        return html_table(caption, ["", "mean", "deviation"], self._metrics())

    def _outcome(self) -> str:
        return f"{escaped(self.result['name'])}: {counted(self.result['folds'], 'fold')}, {self.result['status']}"

    def _metrics(self) -> list[list[str]]:
        deviation = self.result["deviation"]
        return [[name, number(value), number(deviation[name])] for name, value in self.result["validation"].items()]

    @property
    def run_folders(self) -> Sequence[Path]:
        """The run folders of the folds, in order."""
        return [self.folder / run["folder"] for run in self.result["runs"]]

    def load(self, fold: int) -> Run:
        """Load the run of a fold, with its model.

        Args:
            fold: its number, from 1.

        Raises:
            DataError: the run kept no model.
        """
        from kpipe.train.run import Run

        return Run.load(self.run_folders[fold - 1])
