"""The step schedule against its formula and Keras' PiecewiseConstantDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import join, step, warmup

from .closed_form import check, check_oracle


def falls(t, initial, milestones, factor=0.1):
    return initial * factor ** np.sum(t[:, None] >= np.array(milestones), axis=1)


def test_it_falls_at_each_milestone():
    check(
        (step(0.4, [30, 61, 97]), lambda t: falls(t, 0.4, [30, 61, 97]), 0.4),
        (step(1.0, [1], 0.25), lambda t: np.where(t < 1, 1.0, 0.25), 1.0),
        (step(1.0, [2.5], 0.5), lambda t: np.where(t < 3, 1.0, 0.5), 1.0),
        (step(0.1, [5, 10], 2.0), lambda t: falls(t, 0.1, [5, 10], 2.0), 0.4),
    )


def test_a_milestone_belongs_to_the_later_value():
    schedule = step(1.0, [10], 0.5)
    assert [schedule(9), schedule(10)] == [1.0, 0.5]


def test_it_matches_keras():
    # There a boundary belongs to the earlier value.
    check_oracle(
        step(0.4, [30, 60]), keras.optimizers.schedules.PiecewiseConstantDecay([29.0, 59.0], [0.4, 0.04, 0.004])
    )


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (warmup(step(0.4, [30]), 7), lambda t: np.where(t < 7, 0.4 * t / 7, falls(t - 7, 0.4, [30])), 0.4),
        (
            join(step(0.4, [9], 0.5), 41, step(0.1, [9], 0.5)),
            lambda t: np.where(t < 41, falls(t, 0.4, [9], 0.5), falls(t - 41, 0.1, [9], 0.5)),
            0.4,
        ),
    )


@pytest.mark.parametrize("milestones", [[], [20, 10], [10, 10]])
def test_milestones_that_do_not_rise_are_refused(milestones):
    with raises(ValueError):
        step(1.0, milestones)


@pytest.mark.parametrize(
    "arguments",
    [
        {"initial": -1},
        {"milestones": [0, 1]},
        {"factor": 0},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        step(**{"initial": 1, "milestones": [1], **arguments})
