"""The check that classes are not trained with a distance between numbers."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

_DISTANCES = frozenset(
    {
        "Huber",
        "LogCosh",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
    }
)


class DistanceOnClasses(StaticCheck):
    """The gradient of a distance vanishes where softmax or sigmoid saturates, also for wrong answers.

    Golik, Doetsch and Ney, "Cross-entropy vs. squared error training", Interspeech 2013.

    Example:
        `loss: MeanSquaredError` for the classes of images.
    """

    code, title = "W001", "distance as the loss of classes"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for target in facts.targets.values():
            if target.task != "regression" and target.loss in _DISTANCES:
                message = f"{target.loss} measures distances between numbers, but this target has classes; write auto"
                yield self.at(target.loss_path, message, facts)
