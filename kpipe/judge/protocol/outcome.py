"""The outcome of one probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kpipe.checks.static.level import Level
from kpipe.judge.verdict import Verdict


class Status(StrEnum):
    """How a probe ended.

    `PASSED`: nothing was found. `WARNING` and `FAILED`: the verdicts say what was found. `UNDECIDED`: the measurement
    cannot tell. `SKIPPED`: the probe does not fit into the budget. `NOT_APPLICABLE`: the training has nothing that it
    measures. `ACCEPTED`: all that was found is under `checks.ignore`.
    """

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not applicable"
    ACCEPTED = "accepted"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one probe.

    Args:
        summary: what was measured and the threshold, or why nothing was, in one line.
        measured: the measured values by name, as plain data.
        threshold: the limits by name.
        verdicts: what was found.
        accepted: the codes of what was found and is under `checks.ignore`.
        undecided: whether the measurement cannot tell; the summary says why.
        is_applicable: whether the training has what the probe measures.

    Example:
        >>> str(Outcome(summary="2.303, expected 2.303").status)
        'passed'
    """

    summary: str
    measured: Mapping[str, Any] = field(default_factory=dict)
    threshold: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Sequence[Verdict] = ()
    accepted: Sequence[str] = ()
    undecided: bool = False
    is_applicable: bool = True

    @property
    def status(self) -> Status:
        """How the probe ended."""
        levels = {verdict.level for verdict in self.verdicts}
        if Level.ERROR in levels:
            return Status.FAILED
        if levels:
            return Status.WARNING
        if self.accepted:
            return Status.ACCEPTED
        if not self.is_applicable:
            return Status.NOT_APPLICABLE
        return Status.UNDECIDED if self.undecided else Status.PASSED
