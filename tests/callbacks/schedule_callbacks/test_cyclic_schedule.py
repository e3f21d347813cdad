"""The triangle in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import CyclicSchedule

from .rates import check


def triangle(steps, low, period):
    return np.interp(steps % period, [0, period / 2, period], [low, 0.5, low])


def test_by_default_it_rises_from_a_quarter_of_the_rate():
    check(CyclicSchedule(period_epochs=1), triangle(np.arange(123), 0.125, 41), epochs=3, batches=41)


def test_it_goes_between_two_rates_in_steps():
    check(CyclicSchedule(period_steps=6, low_learning_rate=0), triangle(np.arange(15), 0, 6), epochs=3, batches=5)


def test_the_warm_up_rises_to_the_low_rate():
    steps = np.arange(15)
    expected = np.where(steps < 3, 0.2 * steps / 3, triangle(steps - 3, 0.2, 10))
    check(CyclicSchedule(period_epochs=2, low_learning_rate=0.2, warmup_steps=3), expected, epochs=3, batches=5)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"period_epochs": 1, "period_steps": 5},
        {"period_epochs": 0},
        {"period_steps": 5, "low_learning_rate": -1},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        CyclicSchedule(**arguments)
