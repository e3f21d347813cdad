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
    "constant_samples": ("images are of a single color", "data.source", "remove damaged images"),
    "W008": ("the inputs are on an unsuitable scale", "data.prepare", "add Standardize or Rescale to data.prepare"),
}


#: The share of images of a single color from which they are reported.
_CONSTANT = 0.05


class BadData(Rule):
    """Report what the checks of the data found before the training, if its metrics or its labels are wrong by it.

    A leak does not show in any curve; only the comparison of samples finds it.
    """

    code = VerdictCode.BAD_DATA

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the first finding."""
        samples = evidence.samples
        total = sum(samples.get(part, 0) for part in ("train", "validation", "test"))
        constant = samples.get("constant", 0) / total if total else 0.0
        found = [name for name in _FINDINGS if name in evidence.findings]
        if constant < _CONSTANT and "constant_samples" in found:
            found.remove("constant_samples")
        if not found:
            return None
        messages = [_FINDINGS[name][0] for name in found]
        measured = {"findings": found, "constant": constant}
        return Symptom(message="; ".join(messages), measured=measured, threshold={"constant": _CONSTANT})

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the remedy of the first finding."""
        first = symptom.measured["findings"][0]
        _, path, remedy = _FINDINGS[first]
        return path, places.standardized() if first == "W008" else remedy
