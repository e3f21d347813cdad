"""The check that a deep network is not one of sigmoids."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.call import Call
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import has_weights, multiplies, selects
from kpipe.checks.static.static_check import StaticCheck

#: The smallest number of hidden sigmoid layers that is reported.
LEAST = 3


class HiddenSigmoids(StaticCheck):
    """Each sigmoid multiplies the gradient by at most 1/4, so that it vanishes within a few layers.

    Not reported where its output is multiplied, as gates are, nor after a normalization, which keeps its input near 0.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    section 3.1.

    Example:
        Four times `Dense: {units: 64, activation: sigmoid}`.
    """

    code, title = "W011", "many sigmoids as hidden activations"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network
        calls = [
            call
            for position, call in enumerate(network.calls)
            if call.activation == "sigmoid"
            and not any(_is_normalization(network.calls[source]) for source in call.inputs)
            and not network.leads_to(position, multiplies, selects)
            and network.leads_to(position, has_weights, selects)
        ]
        if len(calls) >= LEAST:
            yield from self.of(
                calls,
                f"{len(calls)} hidden layers with sigmoid, through which gradients vanish; write activation: relu",
            )


def _is_normalization(call: Call) -> bool:
    """Return whether a call normalizes hidden values; the preparations of the data are not meant."""
    return "Norm" in call.class_name and not call.is_preparation
