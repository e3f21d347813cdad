"""The objective of a sweep: the metric that its trials are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kpipe.errors import Problem, SpecError
from kpipe.model.metric_columns import MetricColumns
from kpipe.model.metric_direction import LAST, direction
from kpipe.model.unknown_metric import unknown_metric
from kpipe.nearest import nearest
from kpipe.spec.sections.objective import Objective
from kpipe.spec.spec import Spec

_AUTO = "auto"


@dataclass(frozen=True)
class SweepObjective:
    """The metric that the trials of a sweep are compared by.

    Args:
        monitor: a column of `history.csv`.
        mode: whether a small or a large value is better; None if neither the spec nor the name shows it.
        path: the value of the spec that contains the name.
    """

    monitor: str
    mode: Literal["min", "max"] | None
    path: str

    @classmethod
    def of(cls, spec: Spec) -> SweepObjective:
        """Return the objective of a spec: that of `tune`, or the metric of `train.choose`.

        Args:
            spec: a spec whose sections `tune` and `train` are valid.
        """
        objective = spec.tune.objective if spec.tune is not None else Objective()
        monitor, mode, path = objective.monitor, objective.mode, "tune.objective"
        if monitor == _AUTO and spec.train.choose.monitor not in (_AUTO, LAST):
            choose = spec.train.choose
            monitor, mode, path = choose.monitor, choose.mode if mode == _AUTO else mode, "train.choose.monitor"
        monitor = "val_loss" if monitor in (_AUTO, LAST) else monitor
        return cls(monitor, direction(monitor) if mode == "auto" else mode, path)

    def problem(self, spec: Spec, columns: MetricColumns | None) -> Problem | None:
        """Return the problem of the metric; None if it can be compared.

        Args:
            spec: its spec.
            columns: the metrics that the trials can have; None if they are not known.
        """
        if columns is not None and self.monitor not in columns:
            return self._problem(spec, unknown_metric(self.monitor, columns.names), columns.names)
        if self.mode is not None:
            return None
        message = f"unknown whether lower or higher values of {self.monitor} are better; add `mode: min` or `mode: max`"
        return self._problem(spec, message, ("loss", "accuracy", "val_loss", "val_accuracy") if columns is None else ())

    def _problem(self, spec: Spec, message: str, names: Sequence[str]) -> Problem:
        path = "tune.objective.monitor" if self.path == "tune.objective" else self.path
        return Problem(spec.place(path), self.path, message, nearest(self.monitor, names))


def objective_problems(spec: Spec, columns: MetricColumns | None) -> list[Problem]:
    """Return the problems of the metrics that decide between the trials and between the epochs of a sweep.

    Args:
        spec: a spec that was read; nothing is returned if it has no sweep, or invalid sections.
        columns: the metrics that the trials can have; None if they are not known.
    """
    if {"tune", "train"} & spec.broken:
        return []
    try:
        if spec.tune is None:
            return []
        objective, choose = SweepObjective.of(spec), spec.train.choose
    except SpecError:  # reported with the section
        return []
    found = [objective]
    if choose.monitor not in (_AUTO, LAST, objective.monitor):
        mode = direction(choose.monitor) if choose.mode == "auto" else choose.mode
        found.append(SweepObjective(choose.monitor, mode, "train.choose.monitor"))
    return [problem for entry in found if (problem := entry.problem(spec, columns)) is not None]
