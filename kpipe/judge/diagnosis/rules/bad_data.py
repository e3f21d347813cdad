"""Data that no training can use."""

from __future__ import annotations

import math

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces

_SCALE, _TARGET, _EQUAL = "W008", "W013", "equal_inputs"
#: What each finding before the training means, and its place and remedy.
_FINDINGS = {
    "leak": ("samples of the training part are also in another part", "data.source", "remove the copies"),
    "contradictory_labels": ("copies of samples have different labels", "data.source", "correct the labels"),
    "constant_samples": ("images are of a single color", "data.source", "remove damaged images"),
    _EQUAL: ("all samples have the same inputs", "data.source", "check how the inputs are read and prepared"),
    _TARGET: ("the targets are on an unsuitable scale", "data.prepare_targets", "add Standardize"),
    _SCALE: ("the inputs are on an unsuitable scale", "data.prepare", "add Standardize or Rescale to data.prepare"),
}


#: The share of samples from which a finding is an error: of those outside the training part for leaks, else of all.
SHARES = {"leak": 0.01, "contradictory_labels": 0.01, "constant_samples": 0.05}
#: The fit of the training part from which the scale of the inputs, and that of the targets, did no harm.
FIT = {_SCALE: 0.9, _TARGET: 0.2}


class BadData(Rule):
    """Report what the checks of the data found before the training, if its metrics or its labels are wrong by it.

    A leak does not show in any curve; only the comparison of samples finds it.
    """

    code = VerdictCode.BAD_DATA
    scope = Scope.RUN

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the first finding."""
        shares = {name: _share(evidence, name) for name in _FINDINGS if name in evidence.findings}
        found = [name for name, share in shares.items() if share >= SHARES.get(name, 0.0)]
        found = [name for name in found if not evidence.training_fit >= FIT.get(name, math.inf)]
        if not evidence.inputs_vary:
            found.append(_EQUAL)
        if not found:
            return None
        return Symptom(
            message="; ".join(_FINDINGS[name][0] for name in found),
            measured={"findings": found, "shares": {name: shares[name] for name in found if name in SHARES}},
            threshold={"shares": {name: SHARES[name] for name in found if name in SHARES}},
        )

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return the remedy of the first finding."""
        first = symptom.measured["findings"][0]
        _, path, remedy = _FINDINGS[first]
        return path, {_SCALE: places.standardized, _TARGET: places.standardized_targets}.get(first, lambda: remedy)()


def _share(evidence: Evidence, name: str) -> float:
    """Return the share of the samples of a finding; 1 if their number is unknown."""
    parts = ("validation", "test") if name == "leak" else ("train", "validation", "test")
    total = sum(evidence.samples.get(part, 0) for part in parts)
    return evidence.samples.get(name, total) / total if total else 1.0
