"""The check that the training part fills a batch."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck


class OversizedBatch(StaticCheck):
    """A batch that is larger than the training part makes each epoch a single step.

    Example:
        `batch_size: 256` with 120 training samples.
    """

    code, title = "W005", "batch larger than the training part"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding if an epoch is a single, smaller batch."""
        if facts.batch_size > facts.samples:
            yield self.at(
                "data.batch_size",
                f"a batch of {facts.batch_size:,} is larger than the training part of {facts.samples:,} samples, so "
                "that an epoch is a single step; write a smaller batch_size",
                facts,
            )
