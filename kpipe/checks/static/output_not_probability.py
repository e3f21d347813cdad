"""The check that a crossentropy receives probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck

#: The losses that take the logarithm of the output.
CROSSENTROPIES = frozenset(
    {
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
        "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy",
        "KLDivergence",
        "SparseCategoricalCrossentropy",
    }
)
#: Activations whose outputs are not probabilities; a custom one is unknown.
_NOT_PROBABILITIES = frozenset(
    {
        "celu",
        "elu",
        "exponential",
        "gelu",
        "hard_silu",
        "hard_swish",
        "hard_tanh",
        "leaky_relu",
        "log_sigmoid",
        "log_softmax",
        "mish",
        "relu",
        "relu6",
        "selu",
        "silu",
        "softplus",
        "softsign",
        "swish",
        "tanh",
        "tanh_shrink",
    }
)


class OutputNotProbability(StaticCheck):
    """A crossentropy takes the logarithm of the output, which must be a probability.

    Keras cuts the output to [1e-7, 1 - 1e-7]: with relu the gradient is 0 for each output below 0 or above 1, and with
    tanh a negative output counts as 1e-7. A custom activation is not judged.

    Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.6 (canonical link functions).

    Example:
        `Dense: {units: =classes, activation: relu}` with `loss: CategoricalCrossentropy`.
    """

    code, title = "E001", "crossentropy of an output that is no probability"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each target."""
        for target in facts.targets.values():
            is_other = target.activation in _NOT_PROBABILITIES
            if target.loss in CROSSENTROPIES and not target.from_logits and is_other:
                last = "softmax" if "Categorical" in target.loss or target.loss == "KLDivergence" else "sigmoid"
                yield self.at(
                    target.loss_path,
                    f"{target.loss} expects probabilities, but the activation of the last layer is "
                    f"{target.activation}; end the model with {last}",
                    facts,
                )
