"""Data that no training can use."""

from __future__ import annotations

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.spec_places import SpecPlaces

#: What each finding before the training means, and its place and remedy.
_FINDINGS = {
    "leak": ("samples of the training part are also in another part", "data.source", "remove the copies"),
    "contradictory_labels": ("copies of samples have different labels", "data.source", "correct the labels"),
    "W008": (
        "the inputs are on an unsuitable scale",
        "data.prepare",
        "add Standardize or Rescale to data.prepare",
    ),
}


class BadData(Rule):
    """Report what the checks of the data found before the training, if its metrics or its labels are wrong by it.

    A leak does not show in any curve; only the comparison of samples finds it.
    """

    code = VerdictCode.BAD_DATA

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the first finding."""
        found = [name for name in _FINDINGS if name in evidence.findings]
        if not found:
            return None
        messages = [_FINDINGS[name][0] for name in found]
        return Symptom(message="; ".join(messages), measured={"findings": found}, threshold={})

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the remedy of the first finding."""
        _, path, remedy = _FINDINGS[symptom.measured["findings"][0]]
        return path, remedy
