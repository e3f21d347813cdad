"""The check that dropout is not applied to the output."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import selects
from kpipe.checks.static.static_check import StaticCheck

_DROPOUTS = ("AlphaDropout", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")


class LateDropout(StaticCheck):
    """Dropout after the last layer with weights sets outputs themselves to 0, which no layer can make up for.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014, section 4.

    Example:
        `Dropout: {rate: 0.5}` after `Dense: {units: =classes}`.
    """

    code, title = "W003", "dropout after the last layer with weights"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network
        outputs = {id(network.calls[position]) for position in network.outputs.values()}
        positions = network.where(lambda call: call.class_name in _DROPOUTS and call.rate)
        late = [
            network.calls[position]
            for position in positions
            if id(network.calls[position]) in outputs
            or network.leads_to(
                position,
                lambda call: id(call) in outputs and call.kernel is None and not call.inputs[1:],
                lambda call: selects(call) or call.class_name in ("Activation", "Softmax"),
            )
        ]
        yield from self.of(late, "outputs of the model itself are dropped; write it before the last layer with weights")
