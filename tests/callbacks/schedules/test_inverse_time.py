"""The inverse of time against its formula and Keras' InverseTimeDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import inverse_time, join, warmup

from .closed_form import check, check_oracle


def test_it_falls_with_the_inverse_of_time():
    check(*((inverse_time(0.3, k), lambda t, k=k: 0.3 / (1 + k * t), 0.3) for k in (0, 1e-3, 0.02, 3)))


def test_it_begins_with_the_initial_value():
    assert inverse_time(0.3, 0.1)(0) == 0.3


def test_it_matches_keras():
    oracle = keras.optimizers.schedules.InverseTimeDecay(0.3, decay_steps=10, decay_rate=0.2)
    check_oracle(inverse_time(0.3, 0.02), oracle)


def test_it_has_a_warm_up_and_two_are_joined():
    # Far before its beginning the second one has a pole, which is not looked at.
    second = lambda t: 0.2 / (1 + 0.01 * np.maximum(t - 41, 0))  # noqa: E731
    check(
        (
            warmup(inverse_time(0.3, 0.02), 7),
            lambda t: np.where(t < 7, 0.3 * t / 7, 0.3 / (1 + 0.02 * (t - 7))),
            0.3,
        ),
        (
            join(inverse_time(0.3, 0.02), 41, inverse_time(0.2, 0.01)),
            lambda t: np.where(t < 41, 0.3 / (1 + 0.02 * t), second(t)),
            0.3,
        ),
    )


@pytest.mark.parametrize("name", ["initial", "decay"])
def test_a_wrong_argument_is_refused(name):
    with raises(ValueError):
        inverse_time(**{"initial": 1, "decay": 1, name: -1})
