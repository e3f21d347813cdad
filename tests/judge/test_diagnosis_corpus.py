"""The diagnosis on a part of its corpus, with one seed; `tests/benchmarks/diagnose_corpus.py` runs all of it."""

import contextlib
import warnings

import corpus
import diagnosis_corpus
import pytest

import kpipe
from kpipe.judge.diagnose_folder import diagnose_folder

pytestmark = pytest.mark.slow

#: One short training of each cause.
CHOSEN = (
    "learning rate too high: numbers",
    "learning rate too low: table",
    "dead units: bias",
    "too much regularization: dropout, table",
    "bad data: inputs not scaled",
    "bad data: copies",
    "outliers: table",
    "decayed too early: table",
    "random labels: table",
    "label noise: table",
    "validation better than training: binary",
    "overfitting: few digits",
    "blank inputs: table",
    "too few epochs: table",
    "last stage: rate too low, table",
)
HEALTHY = ("SGD", "numbers", "no validation part", "three rates")


def verdicts(case, folder):
    with contextlib.suppress(kpipe.TrainingError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kpipe.load(corpus.BASES.get(case.base, case.base), {"seed": 0, **case.overrides}).run(folder)
    return [str(verdict.code) for verdict in diagnose_folder(folder)]


@pytest.mark.parametrize("case", [case for case in diagnosis_corpus.SICK if case.name in CHOSEN], ids=str)
def test_a_sick_training_has_its_verdict_first(case, tmp_path):
    assert verdicts(case, tmp_path / "run")[0] in case.codes


@pytest.mark.parametrize("case", [case for case in diagnosis_corpus.HEALTHY if case.name in HEALTHY], ids=str)
def test_a_healthy_training_has_no_error(case, tmp_path):
    assert [code for code in verdicts(case, tmp_path / "run") if code[0] == "E"] == []


def test_the_corpus_is_large_enough():
    assert len(diagnosis_corpus.HEALTHY) >= 24
    assert len(diagnosis_corpus.SICK) >= 60
    assert len({case.cause for case in diagnosis_corpus.SICK}) >= 12
    assert {case.name for case in diagnosis_corpus.SICK} >= {*CHOSEN}
