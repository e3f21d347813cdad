"""The check that a schedule of the learning rate ends with the training."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck


class ScheduleBeyondEnd(StaticCheck):
    """A warm-up or a decay that is longer than the training never reaches its end.

    Example:
        `CosineSchedule: {total_epochs: 90}` with `epochs: 10`.
    """

    code, title = "W012", "warm-up or decay longer than the training"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each schedule."""
        for entry in facts.durations:
            if entry.steps > facts.steps:
                yield self.at(
                    entry.path,
                    f"the {entry.what} of {entry.owner} takes {entry.steps:,g} steps, but the training has "
                    f"{facts.steps:,}; shorten it, or write more epochs",
                    facts,
                )
