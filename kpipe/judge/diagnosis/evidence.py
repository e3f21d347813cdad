"""What a finished run shows about its training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a finished run shows about its training; curves have one value for each epoch, NaN where it is unknown.

    Args:
        status: how the run ended, as in `result.json`.
        best_epoch: the epoch whose weights were kept, from 1; None if none were.
        trivial: the lowest loss of a constant answer; None if it is unknown.
        history: the columns of `history.csv`.
        measurements: the columns of `measurements.csv`, by epoch: `update_ratio`, `penalty`, and the loss and the
            metrics of a sample of the training part in inference mode.
        kept: the same as the measurements, of the weights that were kept.
        steps: the columns of `steps.csv`: `step`, `loss`, `lowest`, `highest`.
        layers: the layers at the end, each with `layer`, `path`, `dead` and `deviation`.
        findings: the codes of static checks and the names of data checks that reported something.
        explosions: the explosions of the run, with `step` and `samples` as far as they are known.
        remedies: returns remedies; those that the spec of the run allows.
    """

    status: str
    best_epoch: int | None
    trivial: float | None
    history: Mapping[str, Curve]
    measurements: Mapping[str, Curve] = field(default_factory=dict)
    kept: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, Curve] = field(default_factory=dict)
    layers: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[str] = ()
    explosions: Sequence[Mapping[str, Any]] = ()

    @property
    def epochs(self) -> int:
        """The number of epochs that have ended."""
        return len(self.history.get("epoch", ()))

    @cached_property
    def accuracy_name(self) -> str | None:
        """The name of the first accuracy among the metrics; None if there is none."""
        names = [name for name in self.history if "accuracy" in name and not name.startswith("val_")]
        return names[0] if names else None

    # Losses without penalties

    @cached_property
    def training(self) -> Curve:
        """The loss of the training part in inference mode where it was measured, without penalties."""
        return self.measured("loss") - self._penalty

    @cached_property
    def running(self) -> Curve:
        """The loss of the training part as the mean over the steps of an epoch, with dropout, without penalties."""
        return self._history("loss") - np.nan_to_num(self._penalty)

    @cached_property
    def validation(self) -> Curve:
        """The loss of the validation part, without penalties."""
        return self._history("val_loss") - np.nan_to_num(self._penalty)

    # Accuracies

    @cached_property
    def training_accuracy(self) -> Curve:
        """The accuracy on the training part in inference mode where it was measured."""
        return self.measured(self.accuracy_name or "")

    @cached_property
    def running_accuracy(self) -> Curve:
        """The accuracy on the training part as the mean over the steps of an epoch, with dropout."""
        return self._history(self.accuracy_name or "")

    @cached_property
    def validation_accuracy(self) -> Curve:
        """The accuracy on the validation part."""
        return self._history(f"val_{self.accuracy_name}")

    @cached_property
    def learning_rate(self) -> Curve:
        """The learning rate at the end of each epoch."""
        return self._history("learning_rate")

    @cached_property
    def update_ratio(self) -> Curve:
        """norm(update) / norm(weights) of the last step of each epoch in which it was measured."""
        return self.measured("update_ratio")

    def fit(self, loss: float) -> float:
        """Return the share of the trivial loss that a model has gained: 1 - loss / trivial; NaN if it is unknown."""
        return 1 - loss / self.trivial if self.trivial else math.nan

    @property
    def _penalty(self) -> Curve:
        values = self.measured("penalty")
        known = np.flatnonzero(~np.isnan(values))
        if not len(known):
            return np.zeros(self.epochs)
        return np.interp(np.arange(self.epochs), known, values[known])

    def _history(self, name: str) -> Curve:
        return self.history.get(name, np.full(self.epochs, np.nan))

    def measured(self, name: str) -> Curve:
        """Return a column of the measurements, with NaN for epochs in which it was not measured."""
        found = np.full(self.epochs, np.nan)
        if name in self.measurements:
            found[self.measurements["epoch"].astype(int) - 1] = self.measurements[name]
        if self.best_epoch is not None and name in self.kept and np.isnan(found[self.best_epoch - 1]):
            found[self.best_epoch - 1] = self.kept[name]
        return found


def last(curve: Curve) -> float:
    """Return the last known value of a curve; NaN if there is none.

    Example:
        >>> last(np.array([2.0, 1.0, np.nan]))
        1.0
    """
    known = curve[~np.isnan(curve)]
    return float(known[-1]) if len(known) else math.nan


def best(curve: Curve) -> float:
    """Return the lowest known value of a curve; NaN if there is none.

    Example:
        >>> best(np.array([2.0, 1.0, np.nan]))
        1.0
    """
    known = curve[~np.isnan(curve)]
    return float(known.min()) if len(known) else math.nan
