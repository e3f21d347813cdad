"""The score of a run: the monitored metric at the epoch whose model was kept."""

from __future__ import annotations

import math
from pathlib import Path

from kpipe.errors import DataError, Mark, Problem
from kpipe.model.unknown_metric import unknown_metric
from kpipe.nearest import nearest
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


def curve(folder: Path, monitor: str) -> list[float | None]:
    """Return a metric of a run after each epoch; None for an epoch without a finite value.

    Args:
        folder: the run folder.
        monitor: a column of `history.csv`.

    Raises:
        DataError: the run has no such metric.
    """
    rows = RunFolder(folder).read_csv(RunFile.HISTORY)
    if rows and monitor not in rows[0]:
        raise unknown_monitor(monitor, [*rows[0]])
    return [_number(row[monitor]) for row in rows]


def unknown_monitor(monitor: str, columns: list[str], mark: Mark | None = None) -> DataError:
    """Return the error of a metric that a run does not have; `mark` is its place in the spec."""
    known = [name for name in columns if name not in ("epoch", "stage", "seconds", "learning_rate")]
    return DataError(problem=Problem(mark, "tune.objective", unknown_metric(monitor, known), nearest(monitor, known)))


def scored_epoch(values: list[float | None], best_epoch: int | None) -> int | None:
    """Return the number of the epoch whose value is the score of a run; None if the run has no score.

    It is the epoch whose model was kept, or the last one before it that has a value.

    Args:
        values: the metric after each epoch.
        best_epoch: the number of the epoch whose model was kept; None if no model was kept.

    Example:
        >>> scored_epoch([0.5, 0.9, 0.8], 2), scored_epoch([0.5, None], 2), scored_epoch([0.5], None)
        (2, 1, None)
    """
    known = [epoch for epoch, value in enumerate(values[: best_epoch or 0], start=1) if value is not None]
    return known[-1] if known else None


def _number(text: str) -> float | None:
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None
