"""The straight line in a training."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import LinearSchedule

from .rates import check


def test_it_falls_until_the_end_of_the_training():
    check(LinearSchedule(), np.linspace(0.5, 0, 83)[:-1], epochs=2, batches=41)


def test_it_falls_until_an_epoch_and_keeps_the_end():
    expected = np.interp(np.arange(15), [0, 7.5], [0.5, 0.01])
    check(LinearSchedule(end_learning_rate=0.01, total_epochs=1.5), expected, epochs=3, batches=5)


def test_the_warm_up_is_a_part_of_the_whole():
    expected = np.interp(np.arange(15), [0, 4, 12], [0.1, 0.5, 0])
    check(LinearSchedule(total_steps=12, warmup_steps=4, warmup_from=0.1), expected, epochs=3, batches=5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"end_learning_rate": -1},
        {"total_epochs": 1, "total_steps": 5},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        LinearSchedule(**arguments)
