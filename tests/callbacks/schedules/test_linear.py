"""The straight line against its formula and Keras' PolynomialDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import join, linear, warmup

from .closed_form import check, check_oracle


def falls(t, initial, total, end=0.0):
    return np.interp(t, [0, total], [initial, end])


def test_it_is_a_line_and_then_the_end():
    totals = (1, 2, 41, 100.5, 300)
    check(*((linear(0.3, total, 0.01), lambda t, total=total: falls(t, 0.3, total, 0.01), 0.3) for total in totals))


def test_it_begins_with_the_initial_value_and_ends_with_the_end():
    schedule = linear(0.3, 10, 0.1)
    assert schedule(0) == pytest.approx(0.3, rel=1e-15)
    assert schedule(10) == schedule(11) == schedule(10_000) == 0.1


def test_it_matches_keras():
    oracle = keras.optimizers.schedules.PolynomialDecay(0.3, 100, end_learning_rate=0.03, power=1.0)
    check_oracle(linear(0.3, 100, 0.03), oracle)


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (warmup(linear(0.3, 41), 7, 0.1), lambda t: np.interp(t, [0, 7, 48], [0.1, 0.3, 0]), 0.3),
        (
            join(linear(0.3, 61), 41, linear(0.1, 41)),
            lambda t: np.where(t < 41, falls(t, 0.3, 61), falls(t - 41, 0.1, 41)),
            0.3,
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"initial": -1},
        {"total": 0},
        {"end": -1},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        linear(**{"initial": 1, "total": 1, **arguments})
