"""The power of the time that is left in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import PolynomialSchedule

from .rates import check


def falls(steps, total, power=2.0, end=0.0):
    return end + (0.5 - end) * np.clip(1 - steps / total, 0, 1) ** power


def test_it_falls_until_the_end_of_the_training():
    check(PolynomialSchedule(), falls(np.arange(82), 82), epochs=2, batches=41)


def test_it_keeps_the_end_with_a_broken_power_too():
    # In float32, 1 - t/T can be a little below 0 at T, and such a power of that is no number.
    expected = falls(np.arange(320), 300, 0.9, 0.01)
    schedule = PolynomialSchedule(power=0.9, end_learning_rate=0.01, total_steps=300)
    check(schedule, expected, epochs=1, batches=320, jit_compile=True)


def test_it_falls_until_an_epoch():
    check(PolynomialSchedule(power=3, total_epochs=1.5), falls(np.arange(15), 7.5, 3), epochs=3, batches=5)


def test_the_warm_up_is_a_part_of_the_whole():
    steps = np.arange(15)
    expected = np.where(steps < 5, 0.5 * steps / 5, falls(steps - 5, 10))
    check(PolynomialSchedule(warmup_epochs=1), expected, epochs=3, batches=5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"power": 0},
        {"end_learning_rate": -1},
        {"total_epochs": 1, "total_steps": 5},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        PolynomialSchedule(**arguments)
