"""How a trial ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: The statuses of `result.json`, and those of trials that have none.
TrialStatus = Literal[
    "completed",
    "stopped_early",
    "exploded",
    "paused",
    "pruned",
    "interrupted",
    "failed",
    "refused",
    "killed",
]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a trial ended.

    Args:
        id: the trial.
        status: that of `result.json`; `refused` if the spec or the data cannot be used, so that nothing was trained,
            and `killed` if the process of the trial died.
        result: the contents of `result.json`; None if the trial has not written it.
        reason: why it ended, if it is not completed or paused.
        seconds: its duration.
        cpu_seconds: the processor time of its process, and of the data processes that it has ended.
        output: what it printed before its `log.txt` was created, and the traceback of a crash before that.

    Example:
        >>> Outcome(id="1", status="killed", reason="was killed by signal 9 (SIGKILL)").epochs
        0
    """

    id: str
    status: TrialStatus
    result: Mapping[str, Any] | None = None
    reason: str | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    output: str = ""

    @property
    def epochs(self) -> int:
        """The number of epochs that have ended, according to the result."""
        return int(self.result["epochs"]) if self.result is not None else 0
