"""The check that a categorical crossentropy receives one distribution over all classes."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: Losses of one distribution over all classes.
EXCLUSIVE = ("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy")


class IndependentProbabilities(StaticCheck):
    """A categorical crossentropy looks at the probability of the label alone, which several sigmoid units do not share.

    Keras divides the outputs of CategoricalCrossentropy by their sum, but not those of SparseCategoricalCrossentropy,
    whose loss is then smallest if every unit always answers 1.

    Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.4.

    Example:
        `Dense: {units: =classes, activation: sigmoid}` with `loss: CategoricalCrossentropy`.
    """

    code, title = "E002", "categorical crossentropy of sigmoid units"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for target in facts.targets.values():
            if target.loss in EXCLUSIVE and target.activation == "sigmoid" and not target.from_logits:
                yield self.at(
                    target.loss_path,
                    f"{target.loss} expects one distribution over {target.units or 'all'} classes, but each sigmoid "
                    "unit returns a probability of its own; end the model with softmax, or write BinaryCrossentropy",
                    facts,
                )
