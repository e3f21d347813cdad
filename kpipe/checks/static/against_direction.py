"""The check that a metric is improved in its better direction."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.checks.static.facts import Facts
from kpipe.checks.static.finding import Finding
from kpipe.checks.static.static_check import StaticCheck
from kpipe.model.metric_direction import direction

_BETTER = {"min": "lower", "max": "higher"}


class AgainstDirection(StaticCheck):
    """A `mode` that contradicts the metric keeps the worst model, or stops while the metric improves.

    Judged by the name of the metric; a name that does not show its direction is not judged.

    Example:
        `EarlyStopping: {monitor: val_accuracy, mode: min}`.
    """

    code, title = "E006", "mode contradicts the metric"

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Yield a finding for each component with such a mode."""
        for monitor in facts.monitors:
            better = direction(monitor.metric)
            if monitor.mode in _BETTER and better is not None and better != monitor.mode:
                yield self.at(
                    monitor.path,
                    f"{monitor.owner} takes {_BETTER[monitor.mode]} values of {monitor.metric} for better, but "
                    f"{_BETTER[better]} ones are; write mode: {better}, or remove it",
                    facts,
                )
