"""The check that the units of a layer do not begin with the same weights."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import adds, has_weights, multiplies
from kpipe.checks.static.static_check import StaticCheck


class EqualUnits(StaticCheck):
    """Units that begin with the same weights receive the same gradient and remain equal: the layer acts as one unit.

    Measured on the initial kernel, of which all columns are equal. Not reported: the last layer with weights, and the
    last one of a residual branch or a gate, where zeros are usual and train well (0.909 on digits, against 0.098 with
    zeros in a hidden layer).

    Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 8.4; Goyal et al., "Accurate, large minibatch SGD",
    2017, section 5.1 (zeros at the end of residual branches).

    Example:
        `Dense: {units: 64, activation: relu, kernel_initializer: zeros}` in front of another Dense.
    """

    code, title = "E004", "all units of a hidden layer begin equal"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network

        def is_free(position: int) -> bool:
            return network.leads_to(
                position, lambda call: adds(call) or multiplies(call), lambda call: not has_weights(call)
            ) or not network.leads_to(position, has_weights, lambda call: True)

        equal = network.where(lambda call: call.has_equal_columns and call.is_trainable)
        yield from self.of(
            [network.calls[position] for position in equal if not is_free(position)],
            "all units begin with the same weights, and therefore remain equal; write "
            "kernel_initializer: glorot_uniform or he_normal",
        )
