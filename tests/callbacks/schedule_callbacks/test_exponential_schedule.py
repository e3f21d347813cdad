"""The exponential in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import ExponentialSchedule

from .rates import check


def test_it_falls_with_the_epochs_at_each_step():
    check(ExponentialSchedule(decay_per_epoch=0.7), 0.5 * np.exp(-0.7 * np.arange(15) / 5), epochs=3, batches=5)


def test_it_falls_with_the_steps():
    check(ExponentialSchedule(decay_per_step=0.02), 0.5 * np.exp(-0.02 * np.arange(82)), epochs=2, batches=41)


def test_it_is_counted_from_the_end_of_the_warm_up():
    steps = np.arange(15)
    expected = np.where(steps < 5, 0.5 * steps / 5, 0.5 * np.exp(-0.7 * (steps - 5) / 5))
    check(ExponentialSchedule(decay_per_epoch=0.7, warmup_epochs=1), expected, epochs=3, batches=5)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"decay_per_epoch": 1, "decay_per_step": 1},
        {"decay_per_epoch": -1},
        {"decay_per_step": -1},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        ExponentialSchedule(**arguments)
