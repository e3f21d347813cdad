"""The base class of rules of the diagnosis."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
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


class Rule(ABC):
    """A rule of the diagnosis, which reads what a run has kept.

    Attributes:
        code: the code of its verdict.
    """

    code: ClassVar[VerdictCode]

    @abstractmethod
    def find(self, evidence: Evidence) -> Symptom | None:
        """Return what is wrong; None if nothing is, or if the run does not show it."""

    @abstractmethod
    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the path in the spec that the verdict is about, and what to change."""
