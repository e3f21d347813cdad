"""A finished cross-validation, for use from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
