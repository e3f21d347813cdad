"""What a finished run shows about its training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.stages.stage_record import StageRecord
from kpipe.train.stages.stage_start import StageStart

#: The improvement above which a loss still falls, and that of one whose last epoch is the best.
IMPROVEMENT, SLOW = 0.1, 0.02
#: The share of the epochs in which a loss that falls slowly is lower than in the one before.
STEADY = 0.8

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
        layers: the layers at the end, each with `layer`, `path`, `channels`, `dead` and `deviation`.
        findings: the codes of static checks and the names of data checks that reported something.
        samples: the numbers of samples of the parts, of those of the training part that are evaluated after an `epoch`
            and at the `end`, and of each finding of data checks.
        inputs_vary: whether samples of the training part differ in any input.
        drop_rate: the highest rate of dropout of a layer, or the deviation of its noise; 0 without one.
        explosions: the explosions of the run, with `step` and `epoch` as far as they are known.
        stages: what each stage of the run has done; empty without stages, and in the evidence of a single stage.
        start: where the curves begin within the run; by default at its beginning.
        loss_before: the validation loss before the first epoch, without penalties; by default the trivial loss.
        later_fit: the fit of the training part at the end of the run, if the curves end before.
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
    samples: Mapping[str, int] = field(default_factory=dict)
    drop_rate: float = 0.0
    inputs_vary: bool = True
    explosions: Sequence[Mapping[str, Any]] = ()
    stages: Sequence[StageRecord] = ()
    start: StageStart = field(default_factory=StageStart)
    loss_before: float | None = None
    later_fit: float = math.nan

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
        return self.measured("loss") - self.penalty

    @cached_property
    def running(self) -> Curve:
        """The loss of the training part as the mean over the steps of an epoch, with dropout, without penalties."""
        return self._history("loss") - self.penalty

    @cached_property
    def validation(self) -> Curve:
        """The loss of the validation part, without penalties."""
        return self._history("val_loss") - self.penalty

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

    @property
    def highest_rate(self) -> float | None:
        """The highest learning rate; None if the optimizer does not have a single one."""
        known = self.learning_rate[~np.isnan(self.learning_rate)]
        return float(known.max()) if len(known) else None

    @cached_property
    def update_ratio(self) -> Curve:
        """norm(update) / norm(weights) of the last step of each epoch in which it was measured."""
        return self.measured("update_ratio")

    @cached_property
    def update_ratios(self) -> Curve:
        """The update ratios of the epochs in which they were measured, without the others."""
        return self.update_ratio[~np.isnan(self.update_ratio)]

    def fit(self, loss: float) -> float:
        """Return the share of the trivial loss that a model has gained: 1 - loss / trivial; NaN if it is unknown."""
        return 1 - loss / self.trivial if self.trivial else math.nan

    @cached_property
    def training_fit(self) -> float:
        """The fit of the training part at the end: in inference mode if it was measured, NaN if it is unknown.

        Of a stage that later ones follow, it is that at the end of the run if it is better, since they mend what the
        stage has done.
        """
        measured = last(self.training)
        fit = self.fit(last(self.running) if math.isnan(measured) else measured)
        return float(np.fmax(fit, self.later_fit))

    @property
    def is_improving(self) -> bool:
        """Whether the loss still falls: its `improvement` is above 10 %, or unknown since there was one epoch only."""
        return self.improvement > IMPROVEMENT or (self.epochs == 1 and math.isnan(self.improvement))

    @property
    def is_falling(self) -> bool:
        """Whether it is improving, or falls slowly, but so steadily that more epochs would fit half of it.

        That is an `improvement` above 2 % and a loss that fell in most epochs; after ten epochs or more, also one that
        is below half of the trivial loss after ten further fifths of the epochs with this improvement.
        """
        if self.is_improving or not self.improvement > SLOW:
            return self.is_improving
        falls = np.diff(self._losses) < 0
        is_steady = bool(falls[-1]) and float(np.mean(falls[-max(2, len(falls) // 2) :])) >= STEADY
        later = float(self.loss_curve[-1]) * (1 - self.improvement) ** 10
        return is_steady and (len(self.loss_curve) < 10 or (self.trivial or math.inf) / 2 > later)

    @cached_property
    def loss_curve(self) -> Curve:
        """The known validation losses; without a validation part those of the training part."""
        curve = self.running if np.isnan(self.validation).all() else self.validation
        return curve[~np.isnan(curve)]

    @cached_property
    def _losses(self) -> Curve:
        """The losses that are compared: after a single epoch of a later stage also the last one of the former stage."""
        losses = self.loss_curve
        if len(losses) == 1 and self.loss_before is not None and not np.isnan(self.validation).all():
            return np.concatenate([[self.loss_before], losses])
        return losses

    @cached_property
    def improvement(self) -> float:
        """By how much the mean validation loss of the last fifth of the epochs is below that of the fifth before.

        It is relative to the latter. After a single epoch of a later stage, the last loss of the former one stands for
        the fifth before; after a single epoch of a run, it is NaN. Without a validation part, it is that of the
        training part.
        """
        losses = self._losses
        fifth = max(1, len(losses) // 5)
        before = float(losses[-2 * fifth : -fifth].mean()) if len(losses) > 1 else 0.0
        return 1 - float(losses[-fifth:].mean()) / before if before > 0 else math.nan

    def accuracy_error(self, accuracy: float, sample: str) -> float:
        """Return the standard error of the difference between accuracies of training and validation samples.

        It is sqrt(p (1 - p) (1/m + 1/n)), and 0 if the numbers m and n are unknown.

        Args:
            accuracy: p, the mean of both.
            sample: the samples of the training part: `train`, `epoch` or `end`.
        """
        first, second = self.samples.get(sample), self.samples.get("validation")
        if not first or not second or not 0 <= accuracy <= 1:
            return 0.0
        return math.sqrt(accuracy * (1 - accuracy) * (1 / first + 1 / second))

    @cached_property
    def penalty(self) -> Curve:
        """The penalties of the weights, interpolated between the epochs of a stage in which they were measured."""
        values = self.measured("penalty")
        # Frozen layers have no penalties, so that they jump between stages.
        ends = [StageStart.after(self.stages[:number]).epochs for number in range(1, len(self.stages))]
        return np.concatenate([_interpolated(part) for part in np.split(values, ends)])

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


def _interpolated(penalties: Curve) -> Curve:
    known = np.flatnonzero(penalties > 0)
    if not len(known):
        return np.zeros(len(penalties))
    # Penalties that are too large decay exponentially, so that nothing is known before the first measurement.
    logarithms = np.interp(np.arange(len(penalties)), known, np.log(penalties[known]), left=np.nan)
    return np.exp(logarithms)


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
