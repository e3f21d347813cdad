"""The power of the time that is left against its formula and Keras' PolynomialDecay."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import join, polynomial, warmup

from .closed_form import check, check_oracle, compiled


def falls(t, initial, total, power, end=0.0):
    return end + (initial - end) * np.clip(1 - t / total, 0, 1) ** power


@pytest.mark.parametrize("power", [0.9, 2])
def test_it_falls_with_a_power_and_then_is_the_end(power):
    totals = (1, 2, 41, 100.5, 300)
    schedules = [polynomial(0.3, total, power, 0.01) for total in totals]
    formulas = [lambda t, total=total: falls(t, 0.3, total, power, 0.01) for total in totals]
    check(*((schedule, formula, 0.3) for schedule, formula in zip(schedules, formulas, strict=True)))


@pytest.mark.parametrize("jit", [False, True])
def test_in_a_compiled_step_too_it_stays_at_the_end(jit):
    # A root makes much of a small rest of the time that is left, and no number of a rest below 0.
    totals = (1, 3, 41, 49, 98, 113, 300)
    found = compiled([polynomial(0.3, total, 0.5, 0.01) for total in totals], np.arange(300, 600), jit=jit)
    np.testing.assert_allclose(found, 0.01, rtol=0, atol=3e-7)


def test_it_begins_with_the_initial_value_and_ends_with_the_end():
    schedule = polynomial(0.3, 10, end=0.1)
    assert schedule(0) == pytest.approx(0.3, rel=1e-15)
    assert schedule(10) == schedule(11) == schedule(10_000) == 0.1


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_it_matches_keras(power):
    oracle = keras.optimizers.schedules.PolynomialDecay(0.3, 100, end_learning_rate=0.03, power=power)
    check_oracle(polynomial(0.3, 100, power, 0.03), oracle)


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (warmup(polynomial(0.3, 41), 7), lambda t: np.where(t < 7, 0.3 * t / 7, falls(t - 7, 0.3, 41, 2)), 0.3),
        (
            join(polynomial(0.3, 61), 41, polynomial(0.1, 41, 3)),
            lambda t: np.where(t < 41, falls(t, 0.3, 61, 2), falls(t - 41, 0.1, 41, 3)),
            0.3,
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"initial": -1},
        {"total": 0},
        {"power": 0},
        {"end": -1},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        polynomial(**{"initial": 1, "total": 10, **arguments})
