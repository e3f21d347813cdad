"""The exponential against its formula and Keras' ExponentialDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import exponential, join, warmup

from .closed_form import check, check_oracle


def test_it_falls_by_the_same_share():
    check(*((exponential(0.3, k), lambda t, k=k: 0.3 * np.exp(-k * t), 0.3) for k in (0, 1e-3, 0.02, 2)))


def test_it_begins_with_the_initial_value():
    assert exponential(0.3, 0.1)(0) == 0.3


def test_it_matches_keras():
    oracle = keras.optimizers.schedules.ExponentialDecay(0.3, decay_steps=1, decay_rate=float(np.exp(-0.02)))
    check_oracle(exponential(0.3, 0.02), oracle)


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (
            warmup(exponential(0.3, 0.02), 7),
            lambda t: np.where(t < 7, 0.3 * t / 7, 0.3 * np.exp(-0.02 * (t - 7))),
            0.3,
        ),
        (
            join(exponential(0.3, 0.02), 41, exponential(0.2, 0.1)),
            lambda t: np.where(t < 41, 0.3 * np.exp(-0.02 * t), 0.2 * np.exp(-0.1 * (t - 41))),
            0.3,
        ),
    )


@pytest.mark.parametrize("name", ["initial", "decay"])
def test_a_wrong_argument_is_refused(name):
    with raises(ValueError):
        exponential(**{"initial": 1, "decay": 1, name: -1})
