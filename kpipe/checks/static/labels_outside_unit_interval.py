"""The check that the labels of a binary crossentropy are probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck


class LabelsOutsideUnitInterval(StaticCheck):
    """A binary crossentropy -y log p - (1 - y) log(1 - p) has no lower bound unless 0 <= y <= 1.

    With a label above 1 the loss falls without end while p rises to 1. Measured on all labels of the training part.

    Example:
        `loss: BinaryCrossentropy` for prices, or for labels of -1 and 1.
    """

    code, title = "E003", "binary crossentropy of labels outside of [0, 1]"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for target in facts.targets.values():
            if target.loss not in ("BinaryCrossentropy", "BinaryFocalCrossentropy") or target.labels is None:
                continue
            low, high = target.labels
            if low < 0 or high > 1:
                yield self.at(
                    target.loss_path,
                    f"{target.loss} expects labels from 0 to 1, but those of the training part are {low:g} to "
                    f"{high:g}; write MeanSquaredError, or labels of 0 and 1",
                    facts,
                )
