from golden import expect_message

from kpipe.trials.fold_result import fold_result
from kpipe.trials.fold_summary import fold_summary

from .test_fold_result import SPEC, outcomes


def test_the_table_of_a_cross_validation():
    expect_message(fold_summary(fold_result(SPEC, outcomes(*["completed"] * 3)), "runs/digits/1"))


def test_folds_that_have_not_finished_have_a_status():
    expect_message(fold_summary(fold_result(SPEC, outcomes("completed", "exploded", "killed")), "runs/digits/1"))
