"""The half cosine against its formula and Keras' CosineDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import cosine, join, warmup

from .closed_form import check, check_oracle


def falls(t, initial, total, end=0.0):
    return end + (initial - end) / 2 * (1 + np.cos(np.pi * np.clip(t, 0, total) / total))


def test_it_is_half_a_cosine_and_then_the_end():
    totals = (1, 2, 41, 100.5, 300)
    check(*((cosine(0.3, total, 0.01), lambda t, total=total: falls(t, 0.3, total, 0.01), 0.3) for total in totals))


def test_it_begins_with_the_initial_value_and_ends_with_the_end():
    schedule = cosine(0.3, 10, 0.1)
    assert schedule(0) == 0.3
    assert schedule(10) == schedule(11) == schedule(10_000) == 0.1


def test_it_matches_keras():
    check_oracle(cosine(0.3, 100, 0.03), keras.optimizers.schedules.CosineDecay(0.3, 100, alpha=0.1))


def test_with_a_warm_up_it_matches_keras():
    oracle = keras.optimizers.schedules.CosineDecay(0.05, 100, alpha=0.1, warmup_target=0.3, warmup_steps=20)
    check_oracle(warmup(cosine(0.3, 100, 0.03), 20, 0.05), oracle)


def test_it_may_rise_has_a_warm_up_and_two_are_joined():
    check(
        (cosine(0.1, 41, 0.3), lambda t: falls(t, 0.1, 41, 0.3), 0.3),
        (warmup(cosine(0.3, 41), 7), lambda t: np.where(t < 7, 0.3 * t / 7, falls(t - 7, 0.3, 41)), 0.3),
        (
            join(cosine(0.3, 61), 41, cosine(0.1, 41)),
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
        cosine(**{"initial": 1, "total": 1, **arguments})
