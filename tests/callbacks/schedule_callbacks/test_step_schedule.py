"""The step schedule in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import StepSchedule

from .rates import check


def falls(milestones, factor, count=20):
    return 0.5 * factor ** np.sum(np.arange(count)[:, None] >= np.array(milestones), axis=1)


def test_it_falls_after_epochs():
    check(StepSchedule(milestone_epochs=[1, 2, 3.5]), falls([5, 10, 17.5], 0.1), epochs=4, batches=5)


def test_it_falls_at_steps():
    check(StepSchedule(milestone_steps=[3, 12], factor=0.5), falls([3, 12], 0.5), epochs=4, batches=5)


def test_milestones_are_counted_from_the_beginning_of_the_warm_up():
    expected = np.where(np.arange(20) < 3, 0.5 * np.arange(20) / 3, falls([5, 10], 0.1))
    check(StepSchedule(milestone_epochs=[1, 2], warmup_steps=3), expected, epochs=4, batches=5)


def test_a_warm_up_that_reaches_the_first_milestone_is_refused():
    with raises(ValueError):
        StepSchedule(milestone_epochs=[1], warmup_epochs=1).curve(2, 5, 0.1)


def test_a_milestone_at_a_whole_step_is_not_moved_by_rounding():
    # 1.1 * 50 is 55.00000000000001, which in the float32 of a training is 55.
    schedule = StepSchedule(learning_rate=1.0, milestone_epochs=[1.1], factor=0.5)
    assert schedule.curve(2, 50)[54:56].tolist() == [1, 0.5]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"milestone_epochs": [1], "milestone_steps": [1]},
        {"milestone_epochs": []},
        {"milestone_steps": [2, 1]},
        {"milestone_steps": [0]},
        {"milestone_steps": [1], "factor": 0},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        StepSchedule(**arguments)
