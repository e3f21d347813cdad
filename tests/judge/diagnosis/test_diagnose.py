"""Each rule on curves that show it, and on healthy ones."""

import numpy as np
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.diagnose import RULES, diagnose
from kpipe.judge.spec_places import SpecPlaces
from tests.judge.diagnosis.evidence_of import evidence_of


@pytest.fixture(scope="module")
def places():
    return SpecPlaces(checked("kpipe:digits"), 0.003)


def codes(evidence, places):
    return [str(verdict.code) for verdict in diagnose(evidence, places)]


STEPS = {"step": np.arange(1.0, 5), "loss": np.ones(4), "lowest": np.ones(4), "highest": np.array([1, 1, 3.5, 1])}
CASES = {
    "E201": evidence_of(findings=["leak"]),
    "E202": evidence_of(steps=STEPS),
    "E203": evidence_of(layers=[{"layer": "dense", "path": "model.1", "dead": 0.8}]),
    "E204": evidence_of((2.0, 1.9, 1.8), (2.0, 1.9, 1.8), penalty=3.0),
    "E205": evidence_of((2.0, 1.95, 1.9), (2.0, 1.95, 1.9), ratio=1e-5),
    "E206": evidence_of((2.0, 1.8, 1.8), (2.0, 1.8, 1.8), ratio=0.2),
    "E207": evidence_of(
        (2.0, 1.7, 1.4, 1.1, 1.08, 1.07, 1.07),
        (2.0, 1.7, 1.4, 1.1, 1.08, 1.07, 1.07),
        rate=(0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01),
    ),
    "E208": evidence_of((2.0, 1.0, 0.5), (2.1, 2.5, 3.0)),
    "W209": evidence_of(
        (2.0, 1.0, 0.6, 0.3), (2.0, 1.2, 1.3, 1.6), accuracy=(0.3, 0.6, 0.7, 0.8), val_accuracy=(0.3, 0.55, 0.55, 0.54)
    ),
    "W210": evidence_of(accuracy=(0.3, 0.6, 0.8, 0.85, 0.85), val_accuracy=(0.4, 0.7, 0.9, 0.92, 0.93)),
    "W211": evidence_of(accuracy=(0.3, 0.6, 0.8, 0.95, 0.99), val_accuracy=(0.3, 0.6, 0.8, 0.88, 0.89)),
    "W212": evidence_of((2.0, 1.4, 1.3, 1.3, 1.3), (2.0, 1.4, 1.35, 1.3, 1.3)),
    "N213": evidence_of((2.0, 1.2, 0.8, 0.5, 0.3), (2.0, 1.2, 0.8, 0.5, 0.3)),
}


def test_every_rule_has_a_case():
    assert [rule.code for rule in RULES] == [*CASES]
    assert {code for code in VerdictCode if int(code[1:]) > 200} == {*CASES}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_its_case_first(places, code):
    assert codes(CASES[code], places)[:1] == [code]


def test_a_healthy_run_has_no_verdict(places):
    assert codes(evidence_of(), places) == []
    assert (
        codes(evidence_of(accuracy=(0.3, 0.6, 0.8, 0.9, 0.95), val_accuracy=(0.3, 0.6, 0.8, 0.9, 0.92)), places) == []
    )


def test_unknown_values_are_not_judged(places):
    nothing = evidence_of(trivial=None)
    nothing.measurements.clear()
    assert codes(nothing, places) == []


def test_ignored_codes_are_not_reported(places):
    assert diagnose(CASES["E208"], places, ["E208", "W211", "W212"]) == []


def test_remedies_can_be_set(places):
    (verdict, *_) = diagnose(CASES["E205"], places)
    assert verdict.path == "train.optimizer.Adam.learning_rate"
    assert verdict.remedy == "--set train.optimizer.Adam.learning_rate=0.3"
    option, value = verdict.remedy.split()[-1].split("=")
    assert checked("kpipe:digits", {option: float(value)}).train.optimizer.plain() == {"Adam": {"learning_rate": 0.3}}
