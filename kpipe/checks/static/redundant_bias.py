"""The check that no bias is removed by the normalization after it."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck


class RedundantBias(StaticCheck):
    """A normalization by channel subtracts the mean of each channel, and with it the bias, which gets no gradient.

    Only a normalization that directly follows counts, and not one over several channels: LayerNormalization keeps the
    differences of biases.

    Ioffe and Szegedy, "Batch Normalization", ICML 2015, section 3.2.

    Example:
        `Conv2D: {filters: 64, kernel_size: 3}` in front of `BatchNormalization`.
    """

    code, title = "W009", "bias before a normalization"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield one finding for all such layers."""
        network = facts.network
        positions = network.where(lambda call: call.use_bias and call.activation == "linear" and call.is_trainable)
        calls = []
        for position in positions:
            readers = [network.calls[reader] for reader in network.readers(position)]
            if readers and all(reader.normalizes_channels for reader in readers):
                calls.append(network.calls[position])
        yield from self.of(calls, "the normalization that follows removes the bias; write use_bias: false")
