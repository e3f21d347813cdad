"""What is known about a run, for a row of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kpipe.messages.counted import counted
from kpipe.report.runs.history_table import HistoryTable
from kpipe.report.runs.spec_values import SpecValues
from kpipe.report.runs.verdict_code import verdict_code
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import Content

#: What a column can contain; None is a missing value.
Value = str | float | int | None


@dataclass(frozen=True)
class RunSummary:
    """What is known about a run, a cross-validation or a sweep.

    Args:
        path: its folder.
        content: what the folder contains.
        status: that of `result.json`, or `running`, `unfinished` (killed before its end) or `broken`.
        name: the name of its spec.
        epochs: the number of epochs that have ended.
        best_epoch: the number of the epoch whose model was kept.
        validation: validation metrics; of a cross-validation the means, of a sweep those of its best trial.
        test: test metrics.
        deviation: the standard deviations of the folds.
        started: when the first start began, in UTC (ISO 8601).
        seconds: the duration of the training.
        seed: the seed.
        parameters: the number of trainable parameters.
        verdicts: the verdicts of the diagnosis.
        overrides: the overrides of the first start as `PATH=VALUE`.
        error: why the run failed, or why its folder is broken.
        runs: the number of folds or trials.
        result: the contents of `result.json`.
    """

    path: Path
    content: Content
    status: str
    name: str | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    validation: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    deviation: Mapping[str, float] = field(default_factory=dict)
    started: str | None = None
    seconds: float | None = None
    seed: int | None = None
    parameters: int | None = None
    verdicts: Sequence[Any] = ()
    overrides: Sequence[str] = ()
    error: str | None = None
    runs: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The path of the folder."""
        return str(self.path)

    @property
    def kind(self) -> str:
        """What the folder contains, with the number of folds or trials."""
        noun = {"cross-validation": "fold", "sweep": "trial"}.get(self.content)
        return self.content if noun is None or self.runs is None else counted(self.runs, noun)

    @property
    def verdict(self) -> str | None:
        """The code of the first verdict."""
        return verdict_code(self.verdicts)

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics by column: those of the validation part as in `history.csv`, and those of the test part."""
        return {
            **{f"val_{name}": value for name, value in self.validation.items()},
            **{f"test_{name}": value for name, value in self.test.items()},
        }

    @cached_property
    def history(self) -> HistoryTable:
        """The metrics of each epoch; empty if there are none."""
        return HistoryTable.read(self.path / RunFile.HISTORY)

    @cached_property
    def spec(self) -> SpecValues:
        """The values of the spec; empty if it cannot be read."""
        return SpecValues.read(self.path / RunFile.SPEC)

    def value(self, column: str) -> Value:
        """Return the value of a column: one of `COLUMNS`, a metric, or the path of a value of the spec.

        Metrics without `val_` and `test_`, such as `loss`, are those of the training at the epoch whose model was kept,
        or at the last one.
        """
        if column in COLUMNS:
            found: Value = getattr(self, column)
            return found
        if column in self.metrics:
            return self.metrics[column]
        if "." in column:
            return self.spec.value(column)
        return self.history.value(column, self.best_epoch)


#: The columns that every run has, in their order.
COLUMNS = (
    "folder",
    "name",
    "kind",
    "status",
    "epochs",
    "best_epoch",
    "started",
    "seconds",
    "seed",
    "parameters",
    "verdict",
    "error",
)
