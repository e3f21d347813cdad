"""The base class of rules of the diagnosis."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """What a rule has found.

    Args:
        message: one sentence in plain words, with the measured values.
        measured: the measured values by name.
        threshold: the limits by name.
    """

    message: str
    measured: Mapping[str, Any]
    threshold: Mapping[str, Any]


#: The static checks whose findings can prevent a network from learning: linear layers, high dropout, statistics over a
#: few samples, hidden softmax and sigmoids, long momentum.
CAUSES = ("W002", "W004", "W006", "W010", "W011", "W014")


class Rule(ABC):
    """A rule of the diagnosis, which reads what a run has kept.

    Attributes:
        code: the code of its verdict.
        scope: what it sees of a run with stages; by default the last stage.
    """

    code: ClassVar[VerdictCode]
    scope: ClassVar[Scope] = Scope.LAST_STAGE

    @abstractmethod
    def find(self, evidence: Evidence) -> Symptom | None:
        """Return what is wrong; None if nothing is, or if the run does not show it."""

    @abstractmethod
    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the path in the spec that the verdict is about, and what to change."""

    def known_cause(self, evidence: Evidence) -> tuple[str, str] | None:
        """Return the path and the remedy of what static checks have found, if it can prevent learning; None if not."""
        codes = ", ".join(code for code in evidence.findings if code in CAUSES)
        return ("model", f"first resolve {codes}, which the checks before the training reported") if codes else None
