"""The check that a model has weights to train."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck


class NothingTrained(StaticCheck):
    """A model without trainable weights remains as it is.

    Example:
        A model of `Flatten` and `Activation` only, or one in which each layer has `trainable: false`.
    """

    code, title = "E005", "no trainable weights"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding if no call has trainable weights."""
        if not any(call.is_trainable for call in facts.network.calls):
            message = "the model has no trainable weights; add a layer with weights, or remove trainable: false"
            yield self.at("model", message, facts)
