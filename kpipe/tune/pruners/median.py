"""The median rule."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Annotated

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.messages.counted import counted
from kpipe.space.stage_conditions import StageConditions
from kpipe.tune.pruners.pruner import Curve, Pruner


class Median(Pruner):
    """Ends a trial whose best score so far is worse than the median of the other trials after the same epoch.

    The other trials count with the mean of their scores up to that epoch (Golovin et al., "Google Vizier: A Service for
    Black-Box Optimization", KDD 2017, section 3.2.2).

    Args:
        after_epochs: first epoch after which a trial can be ended, at least 1, default 1.
        min_trials: number of other trials that must have reached the epoch, at least 1, default 5.

    Example:
        >>> Median(min_trials=3).ends([0.3], [[0.5, 0.6], [0.4], [0.6]]), Median(min_trials=3).ends([0.3], [[0.5]])
        (True, False)
    """

    @check_arguments
    def __init__(self, after_epochs: Annotated[int, Ge(1)] = 1, min_trials: Annotated[int, Ge(1)] = 5) -> None:
        self.after_epochs = after_epochs
        self.min_trials = min_trials

    def check(self, conditions: StageConditions) -> str | None:
        """Return why no trial can end early: no epoch to compare before the last one, or too few other trials."""
        last, every, others = conditions.epochs, conditions.every_epochs, conditions.num_others
        if others is not None and others < self.min_trials:
            return (
                f"Median ends a trial that is worse than {counted(self.min_trials, 'other run')} (min_trials), but "
                f"there are only {others}; set min_trials to {others} or less, run more trials, or remove the pruner"
                if others
                else "Median compares a trial with others, but there are none; run more trials, or remove the pruner"
            )
        if any(self.after_epochs <= epoch < last for epoch in conditions.scored):
            return None
        compares = f"Median compares trials after {counted(self.after_epochs, 'epoch')} or more (after_epochs)"
        if last <= self.after_epochs:
            remedy = f"set after_epochs below {last}, or remove the pruner" if last > 1 else "remove the pruner"
            return f"{compares}, but trials of {counted(last, 'epoch')} end before; {remedy}"
        return (
            f"{compares}, but trials of {counted(last, 'epoch')} that are validated every {every} epochs have no score "
            "between; set train.validate.every_epochs to 1, or remove the pruner"
        )

    def ends(self, curve: Curve, others: Sequence[Curve]) -> bool:
        """Return whether the best value of the curve is below the median of the means of the others."""
        epoch = len(curve)
        if epoch < self.after_epochs or curve[-1] is None:
            return False
        means = [_mean(other[:epoch]) for other in others if len(other) >= epoch]
        known = [mean for mean in means if mean is not None]
        if len(known) < self.min_trials:
            return False
        return max(value for value in curve if value is not None) < statistics.median(known)


def _mean(values: Curve) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
