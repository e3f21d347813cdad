"""The comparison of runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kpipe.messages.counted import counted
from kpipe.model.metric_direction import direction
from kpipe.report.comparison.circumstances import circumstances
from kpipe.report.comparison.compared_run import ComparedRun, common_folder, compared_runs
from kpipe.report.comparison.difference_table import Difference, difference_table
from kpipe.report.comparison.spec_differences import spec_differences
from kpipe.report.runs.run_columns import RunColumns
from kpipe.report.runs.run_summary import RunSummary
from kpipe.tune.sweep_monitor import sweep_monitor


@dataclass(frozen=True)
class Comparison:
    """The comparison of runs.

    Args:
        runs: at least two runs.
        spec: the values of their specs that differ.
        circumstances: other values that differ, such as versions.
    """

    runs: Sequence[ComparedRun]
    spec: Sequence[Difference]
    circumstances: Sequence[Difference]

    @classmethod
    def of(cls, folders: Sequence[Path], say: Callable[[str], None]) -> Comparison:
        """Return the comparison of the runs in some folders; see `compared_runs`.

        Raises:
            DataError: a folder contains no runs, or there are fewer than two runs.
        """
        runs = compared_runs(folders, say)
        found = difference_table([circumstances(run.summary.path) for run in runs])
        return cls(runs, spec_differences(runs, say), found)

    @property
    def title(self) -> str:
        """What is compared, such as `12 trials of runs/sweep`."""
        wholes = self.wholes
        if len(wholes) == 1 and all(run.whole for run in self.runs):
            noun = "trial" if wholes[0].content == "sweep" else "fold"
            return f"{counted(len(self.runs), noun)} of {wholes[0].path}"
        return f"{counted(len(self.runs), 'run')} in {common_folder(self.runs)}"

    @cached_property
    def wholes(self) -> list[RunSummary]:
        """The sweeps and cross-validations whose parts are compared."""
        return list({run.whole.path: run.whole for run in self.runs if run.whole is not None}.values())

    @cached_property
    def metrics(self) -> list[str]:
        """The columns of validation and test metrics."""
        return RunColumns([run.summary for run in self.runs]).metrics()

    @cached_property
    def monitor(self) -> str:
        """The metric by which runs are ranked: the objective of their sweep, or `val_loss`, or the first metric."""
        found = {monitor for whole in self.wholes if (monitor := sweep_monitor(whole.path)) is not None}
        if len(found) == 1 and len(self.wholes) == 1:
            return found.pop()
        return "val_loss" if "val_loss" in self.metrics or not self.metrics else self.metrics[0]

    def best(self, column: str) -> float | None:
        """Return the best value of a metric; None if less than two runs have one, or which is better is not known."""
        ranked = self._ranked(column)
        value = self.runs[ranked[0]].summary.value(column) if len(ranked) > 1 and direction(column) else None
        return value if isinstance(value, float) else None

    @cached_property
    def order(self) -> list[int]:
        """The indices of the runs by rank, the best one first, and runs without a value last."""
        ranked = self._ranked(self.monitor)
        return [*ranked, *(index for index in range(len(self.runs)) if index not in set(ranked))]

    def _ranked(self, column: str) -> list[int]:
        values = {index: run.summary.value(column) for index, run in enumerate(self.runs)}
        known = {index: value for index, value in values.items() if isinstance(value, float) and math.isfinite(value)}
        return sorted(known, key=lambda index: known[index], reverse=direction(column) == "max")

    @property
    def notes(self) -> list[str]:
        """Messages about differences that make metrics incomparable."""
        names = [row.path for row in self.circumstances]
        if any(name.startswith(("digest of labels", "digest of inputs", "digest of files")) for name in names):
            return ["the runs were trained on different data"]
        if all(run.whole is not None and run.whole.content == "cross-validation" for run in self.runs):
            return []
        differ = [part for part in ("validation", "test") if f"digest of parts {part}" in names]
        return [
            f"the runs have different {part} parts, so that their {part} metrics are of other samples"
            for part in differ
        ]
