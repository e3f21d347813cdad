"""The protocol and the static checks on the corpus, with one seed; `tests/benchmarks/check_corpus.py` runs more."""

import corpus
import measured_case
import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", corpus.HEALTHY, ids=str)
def test_a_healthy_training_has_no_finding(case):
    assert measured_case.examined(case.base, case.overrides, seed=0).errors == []


@pytest.mark.parametrize("case", corpus.SICK, ids=str)
def test_a_sick_training_is_found(case):
    found = measured_case.examined(case.base, case.overrides, seed=0, until=case.codes)
    assert case.codes.intersection(found.codes)


def test_the_corpus_is_large_enough():
    assert len(corpus.HEALTHY) >= 24
    assert len(corpus.SICK) >= 40
    assert len({case.cause for case in corpus.SICK}) >= 12
