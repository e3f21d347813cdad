"""A verdict about a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpipe.checks.static.level import Level
from kpipe.checks.verdict_code import VerdictCode
from kpipe.errors import Mark


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A verdict about a training, with what was measured, the threshold, and the remedy.

    Args:
        code: its code, whose first letter is its level.
        path: dotted path in the spec.
        message: one sentence in plain words.
        remedy: what to change, such as `--set train.optimizer.Adam.learning_rate=0.001`.
        mark: the place in the spec; None if it does not contain the path.
        measured: the measured values by name.
        threshold: the limits that they were compared with, by name.

    Example:
        >>> verdict = Verdict(
        ...     code=VerdictCode.EXPLODED, path="train.optimizer", message="the loss became infinite", remedy="lower it"
        ... )
        >>> print(verdict)
        E110 train.optimizer: the loss became infinite; lower it
        >>> verdict.level.name
        'ERROR'
    """

    code: VerdictCode
    path: str
    message: str
    remedy: str
    mark: Mark | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    threshold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """Its level, which its code begins with."""
        return Level(self.code[0])

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data, as in `check.json`."""
        return {
            "code": str(self.code),
            "severity": self.level.name.lower(),
            "path": self.path,
            "place": None if self.mark is None else str(self.mark),
            "message": self.message,
            "evidence": {"measured": dict(self.measured), "threshold": dict(self.threshold)},
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        place = f" ({self.mark})" if self.mark is not None else ""
        return f"{self.code} {self.path}{place}: {self.message}; {self.remedy}"
