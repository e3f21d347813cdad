"""The diagnosis of a run: an ordered list of rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.diagnosis.stage_evidence import stage_evidence
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
    views = _views(evidence, places)
    return [
        found
        for rule in RULES
        if rule.code not in ignored
        and (found := next(filter(None, (_verdict(rule, *view) for view in views[rule.scope])), None)) is not None
    ]


def _views(evidence: Evidence, places: SpecPlaces) -> Mapping[Scope, list[tuple[Evidence, SpecPlaces]]]:
    """Return what the rules of each scope see, with the places to blame; the first view with a symptom counts."""
    if not evidence.stages:
        return {scope: [(evidence, places)] for scope in Scope}
    stages = [stage_evidence(evidence, index) for index in range(len(evidence.stages))]
    views = [(stage, places.of_stage(index, stage.highest_rate)) for index, stage in enumerate(stages)][::-1]
    return {Scope.RUN: [(evidence, places)], Scope.EACH_STAGE: views, Scope.LAST_STAGE: views[:1]}


def _verdict(rule: Rule, evidence: Evidence, places: SpecPlaces) -> Verdict | None:
    symptom = rule.find(evidence)
    if symptom is None:
        return None
    path, remedy = rule.remedy(evidence, symptom, places)
    return places.verdict(rule.code, path, symptom.message, remedy, symptom.measured, symptom.threshold)
