"""The check that softmax is not an activation of hidden units."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import has_weights, multiplies, selects
from kpipe.checks.static.static_check import StaticCheck


class HiddenSoftmax(StaticCheck):
    """The outputs of softmax sum to 1, so that hidden units compete and their values shrink with the width.

    Not reported where its output is multiplied, as in attention and mixtures of experts, or where it is an output of
    the model.

    Example:
        `Dense: {units: 64, activation: softmax}` in front of another Dense.
    """

    code, title = "W010", "softmax as a hidden activation"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network
        outputs = set(network.outputs.values())
        positions = network.where(lambda call: call.activation == "softmax" or call.class_name == "Softmax")
        calls = [
            network.calls[position]
            for position in positions
            if position not in outputs
            and not network.leads_to(position, multiplies, selects)
            and network.leads_to(position, has_weights, lambda call: selects(call) or "Norm" in call.class_name)
        ]
        yield from self.of(calls, "softmax between layers with weights; write activation: relu")
