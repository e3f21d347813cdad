"""The half cosine in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import CosineSchedule

from .rates import check, half_cosine


def test_it_falls_until_the_end_of_the_training():
    check(CosineSchedule(), half_cosine(np.arange(82), 0.5, 82), epochs=2, batches=41)


def test_it_falls_until_an_epoch_and_keeps_the_end():
    expected = half_cosine(np.arange(15), 0.5, 7.5, 0.01)
    check(CosineSchedule(end_learning_rate=0.01, total_epochs=1.5), expected, epochs=3, batches=5)


def test_it_falls_until_a_step():
    check(CosineSchedule(total_steps=30), half_cosine(np.arange(15), 0.5, 30), epochs=3, batches=5)


def test_the_warm_up_is_a_part_of_the_whole():
    steps = np.arange(15)
    expected = np.where(steps < 5, 0.5 * steps / 5, half_cosine(np.maximum(steps - 5, 0), 0.5, 10))
    check(CosineSchedule(warmup_epochs=1), expected, epochs=3, batches=5)


def test_a_warm_up_that_leaves_nothing_is_refused():
    with raises(ValueError):
        CosineSchedule(warmup_epochs=2).curve(2, 5, 0.1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"end_learning_rate": -1},
        {"total_epochs": 1, "total_steps": 5},
        {"total_epochs": 0},
        {"total_steps": -5},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        CosineSchedule(**arguments)
