"""Tests of errors of samples whose name is not known yet."""

import copy
import pickle

import pytest

from kpipe.data.feeds.sample_error import SampleError
from kpipe.errors import DataError, Mark, Problem

PROBLEM = Problem(Mark("a.yaml", 3, 5, 3, 9), "data.augment.0", "Sharpen fails; remove it")


@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_has_the_same_index_message_and_place(copied):
    for error in (SampleError(7, "too small"), SampleError(7, problem=PROBLEM)):
        found = copied(error)
        assert (found.index, str(found), found.problem) == (7, str(error), error.problem)


def test_the_name_precedes_the_message_and_the_place_remains_first():
    error = SampleError(7, problem=PROBLEM)
    error.add_note("raised in a process")
    named = error.named("cats/7.png")
    assert type(named) is DataError
    assert str(named) == "a.yaml:3:5: data.augment.0: cats/7.png: Sharpen fails; remove it"
    assert (named.problem.mark, named.problem.path) == (PROBLEM.mark, PROBLEM.path)
    assert named.__notes__ == ["raised in a process"]
    assert str(SampleError(7, "too small").named("row 7")) == "row 7: too small"
