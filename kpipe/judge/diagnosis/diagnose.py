"""The diagnosis of a run: an ordered list of rules."""

from __future__ import annotations

from collections.abc import Collection

from kpipe.judge.diagnosis.evidence import Evidence
from kpipe.judge.diagnosis.rule import Rule
from kpipe.judge.diagnosis.rules.bad_data import BadData
from kpipe.judge.diagnosis.rules.dead_at_end import DeadAtEnd
from kpipe.judge.diagnosis.rules.decayed_early import DecayedEarly
from kpipe.judge.diagnosis.rules.exploded import Exploded
from kpipe.judge.diagnosis.rules.label_noise import LabelNoise
from kpipe.judge.diagnosis.rules.learned_slowly import LearnedSlowly
from kpipe.judge.diagnosis.rules.learned_unsteadily import LearnedUnsteadily
from kpipe.judge.diagnosis.rules.over_regularized import OverRegularized
from kpipe.judge.diagnosis.rules.overfitting import Overfitting
from kpipe.judge.diagnosis.rules.random_labels import RandomLabels
from kpipe.judge.diagnosis.rules.still_improving import StillImproving
from kpipe.judge.diagnosis.rules.underfitting import Underfitting
from kpipe.judge.diagnosis.rules.validation_better import ValidationBetter
from kpipe.judge.spec_places import SpecPlaces
from kpipe.judge.verdict import Verdict

#: The rules in the order of their verdicts: the first one that matches is the verdict.
RULES: tuple[Rule, ...] = (
    BadData(),
    Exploded(),
    DeadAtEnd(),
    OverRegularized(),
    LearnedSlowly(),
    LearnedUnsteadily(),
    DecayedEarly(),
    RandomLabels(),
    LabelNoise(),
    ValidationBetter(),
    Overfitting(),
    Underfitting(),
    StillImproving(),
)


def diagnose(evidence: Evidence, places: SpecPlaces, ignored: Collection[str] = ()) -> list[Verdict]:
    """Return the verdicts about a run; the first one is its verdict, and an empty list means that it is healthy.

    Args:
        evidence: what the run shows.
        places: the places of its spec.
        ignored: the codes that are not reported.
    """
    found = []
    for rule in RULES:
        symptom = rule.find(evidence) if rule.code not in ignored else None
        if symptom is not None:
            path, remedy = rule.remedy(evidence, symptom, places)
            found.append(places.verdict(rule.code, path, symptom.message, remedy, symptom.measured, symptom.threshold))
    return found
