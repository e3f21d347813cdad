"""The constant schedule in a training."""

import numpy as np
from golden import raises
from kpipe_callbacks import ConstantSchedule

from .rates import check


def test_the_rate_stays():
    check(ConstantSchedule(), np.full(10, 0.5), epochs=2, batches=5)


def test_it_has_a_warm_up_in_steps():
    expected = np.minimum(0.1 + 0.2 * np.arange(10) / 3, 0.3)
    check(ConstantSchedule(learning_rate=0.3, warmup_steps=3, warmup_from=0.1), expected, epochs=2, batches=5)


def test_it_has_a_warm_up_in_epochs():
    check(ConstantSchedule(warmup_epochs=1.5), np.minimum(0.5 * np.arange(10) / 7.5, 0.5), epochs=2, batches=5)


def test_a_learning_rate_of_zero_is_accepted():
    check(ConstantSchedule(learning_rate=0), np.zeros(5), epochs=1, batches=5)


def test_a_wrong_argument_is_refused():
    with raises(ValueError):
        ConstantSchedule(learning_rate=-1)
