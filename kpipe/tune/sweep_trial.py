"""One trial of a sweep: a point of the search space, its runs and its score."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpipe.space.search_space import Value
from kpipe.trials.outcome import Outcome
from kpipe.tune.score import curve, scored_epoch

#: Statuses of runs that have a score.
_SCORED = ("completed", "stopped_early", "paused", "pruned")
#: What the journal stores of a trial that has ended.
_RESULT = ("status", "scores", "best_epochs", "curves", "epochs", "seconds", "reason")


_OVERRIDE = re.compile(r"(?m)^overrides\[.*?\]:\d+:\d+: ")


def without_override(reason: str) -> str:
    """Return a reason without the places of values that the sweep has set; the path of the value remains.

    Example:
        >>> without_override("overrides['train.epochs']:1:1: train.epochs: expected at least 1, got 0")
        'train.epochs: expected at least 1, got 0'
    """
    return _OVERRIDE.sub("", reason)


@dataclass
class SweepTrial:
    """One trial of a sweep.

    Args:
        number: its number in the sweep, from 1.
        stage: the number of its stage, from 1.
        values: the values of the active parameters by name.
        folder: its run folder, or the folder of its runs if it has several executions.
        status: the status of its run, the first one that is not `completed` if there are several; `running` before.
        scores: the score of each execution.
        best_epochs: the number of the epoch from which each score is.
        curves: for each execution the score after each epoch; None for an epoch that was not validated.
        epochs: the number of epochs of its first execution.
        seconds: the duration of its runs in total.
        reason: why it failed or was ended; None if it was not.
    """

    number: int
    stage: int
    values: Mapping[str, Value]
    folder: Path
    status: str = "running"
    scores: list[float] = field(default_factory=list)
    best_epochs: list[int] = field(default_factory=list)
    curves: list[list[float | None]] = field(default_factory=list)
    epochs: int = 0
    seconds: float = 0.0
    reason: str | None = None

    @property
    def is_failed(self) -> bool:
        """Whether it has ended without a score."""
        return self.status != "running" and not self.scores

    @property
    def score(self) -> float | None:
        """The mean of the scores; None if it has none."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of the scores of several executions; None for a single one."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None

    def evaluate(self, runs: Sequence[tuple[Path, Outcome]], monitor: str) -> None:
        """Set the result from the runs of the trial, all of which have ended.

        Args:
            runs: the folder and the outcome of each run.
            monitor: the metric that is the score.
        """
        self.status, self.reason, self.scores, self.best_epochs, self.curves = "completed", None, [], [], []
        self.epochs = max(outcome.epochs for _, outcome in runs)
        self.seconds = round(self.seconds + sum(outcome.seconds for _, outcome in runs), 3)
        for folder, outcome in runs:
            if not self._add_score(folder, outcome, monitor):
                self.status = "failed" if outcome.status in _SCORED else outcome.status
                self.reason = without_override(outcome.reason or "") or f"{monitor} is not finite, or no model was kept"
                self.scores, self.best_epochs = [], []
                return
            if outcome.status != "completed":
                self.status, self.reason = outcome.status, outcome.reason

    def _add_score(self, folder: Path, outcome: Outcome, monitor: str) -> bool:
        """Add the curve and the score of a run; return whether it has a score."""
        if outcome.status not in _SCORED or outcome.result is None:
            return False
        values = curve(folder, monitor)
        self.curves.append(values)
        epoch = scored_epoch(values, outcome.result["best_epoch"])
        score = None if epoch is None else values[epoch - 1]
        if epoch is None or score is None:
            return False
        self.scores.append(score)
        self.best_epochs.append(epoch)
        return True

    def result(self) -> dict[str, Any]:
        """Return the result as plain values, for the journal."""
        return {name: getattr(self, name) for name in _RESULT}

    def set_result(self, result: Mapping[str, Any]) -> None:
        """Restore what `result` returned."""
        for name in _RESULT:
            setattr(self, name, result[name])
