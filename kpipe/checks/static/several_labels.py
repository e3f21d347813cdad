"""The check that a sample with several labels has a loss for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.independent_probabilities import EXCLUSIVE
from kpipe.checks.static.static_check import StaticCheck


class SeveralLabels(StaticCheck):
    """A categorical crossentropy divides one probability among all labels, of which a sample can have several or none.

    With k labels, its minimum is a probability of 1 / k for each, so that no label can be certain, and a sample without
    labels has no loss.

    Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.2.

    Example:
        A target of columns with 0 and 1, with `loss: CategoricalCrossentropy`.
    """

    code, title = "E007", "categorical crossentropy of several labels"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for target in facts.targets.values():
            if target.task == "multilabel" and target.loss in EXCLUSIVE:
                yield self.at(
                    target.loss_path,
                    f"{target.loss} expects exactly one class for each sample, but samples have any number of these "
                    f"{target.units or ''} labels".replace("  ", " ")
                    + "; end the model with sigmoid, and write BinaryCrossentropy",
                    facts,
                )
