"""The check that there is a nonlinearity between two layers with weights."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.call import Call
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.kinds_of_calls import preserves
from kpipe.checks.static.network import Network
from kpipe.checks.static.static_check import StaticCheck

#: Layers whose composition with another one of the same class is linear too.
_LINEAR = ("Conv1D", "Conv2D", "Conv3D", "Dense", "WeightStandardizedConv2D")


class LinearLayers(StaticCheck):
    """Two layers without a nonlinearity between them are one linear map.

    Only an unbranched chain between two layers of one class counts. Not reported: a first layer with no more units than
    its input and the output of the second, since such a factorization of a matrix can have fewer weights (as in
    MobileNetV2).

    Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.1.

    Example:
        `Dense: {units: 64}` in front of `Dense: {units: 10}`.
    """

    code, title = "W002", "no nonlinearity between two layers"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network
        firsts = [_linear_before(network, position) for position in network.where(_can_be_linear)]
        yield from self.of(
            [call for call in firsts if call is not None],
            "another layer of its class follows without a nonlinearity between them, so that both compute one linear "
            "map; write activation: relu, or remove it",
        )


def _can_be_linear(call: Call) -> bool:
    return call.class_name in _LINEAR and call.kernel is not None


def _linear_before(network: Network, position: int) -> Call | None:
    """Return the layer before a layer that forms one linear map with it; None if there is none."""
    second = network.calls[position]
    while len(network.calls[position].inputs) == 1:
        position = network.calls[position].inputs[0]
        call = network.calls[position]
        if len(network.readers(position)) > 1:
            return None
        if not (preserves(call) or call.class_name == "BatchNormalization"):
            is_linear = call.class_name == second.class_name and call.activation == "linear"
            return call if is_linear and not _is_narrow(call, second) else None
    return None


def _is_narrow(first: Call, second: Call) -> bool:
    """Return whether the first layer has no more units than its input and the output of the second, and fewer than one.

    The product of two such kernels has a lower rank or fewer weights than a single one.
    """
    if first.kernel is None or second.kernel is None:
        return True
    ends = first.kernel[-2], second.kernel[-1]
    return first.kernel[-1] <= min(ends) and first.kernel[-1] < max(ends)
