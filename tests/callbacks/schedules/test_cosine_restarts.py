"""Half cosines with restarts against their formula and Keras' CosineDecayRestarts."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import cosine_restarts, join, warmup

from .closed_form import check, check_oracle, compiled


def falls(t, initial, period, multiplier=1.0, decay=1.0, end=0.0):
    """The cycle of each step is counted, not computed."""
    found = []
    for step in t:
        begin, length, peak = 0.0, period, initial
        while step >= begin + length:
            begin, length, peak = begin + length, length * multiplier, peak * decay
        found.append(end + (peak - end) / 2 * (1 + np.cos(np.pi * (step - begin) / length)))
    return np.array(found)


def case(period, multiplier=1.0, decay=1.0, end=0.0):
    formula = lambda t: falls(t, 0.3, period, multiplier, decay, end)  # noqa: E731
    return cosine_restarts(0.3, period, multiplier, decay, end), formula, 0.3


def test_each_cycle_begins_at_the_top():
    check(*(case(period) for period in (1, 2, 10, 41, 47, 107)))


def test_cycles_grow():
    check(case(10, 2), case(1, 2), case(8, 1.5), case(41, 3))


def test_the_tops_fall_and_the_end_stays():
    check(case(25, 1, 0.8, 0.01), case(25, 2, 0.8, 0.01))


def test_the_first_step_of_a_cycle_is_its_top_and_not_the_end_of_the_one_before():
    schedule = cosine_restarts(1.0, 10, 2)
    assert [schedule(0), schedule(10), schedule(30), schedule(70)] == [1.0] * 4
    assert schedule(9) < 0.03


@pytest.mark.parametrize("jit", [False, True])
def test_no_top_is_lost_in_a_compiled_step(jit):
    periods = (3, 7, 41, 49, 83, 107, 391)
    steps = np.arange(0, 40_000)
    found = compiled([cosine_restarts(1.0, period) for period in periods], steps, jit=jit)
    for period, values in zip(periods, found, strict=True):
        np.testing.assert_allclose(values[::period], 1.0, rtol=0, atol=1e-6, err_msg=f"period {period}")


@pytest.mark.parametrize(("multiplier", "decay"), [(1.0, 1.0), (1.0, 0.8), (2.0, 1.0), (2.0, 0.8)])
def test_it_matches_keras(multiplier, decay):
    oracle = keras.optimizers.schedules.CosineDecayRestarts(0.3, 10, t_mul=multiplier, m_mul=decay)
    # Keras finds the cycle by a logarithm in float32; at a border it may be the one before.
    borders = [10 * (2**count - 1) for count in range(6)] if multiplier == 2 else []
    check_oracle(cosine_restarts(0.3, 10, multiplier, decay), oracle, skip=borders)


def test_with_an_end_it_matches_keras():
    oracle = keras.optimizers.schedules.CosineDecayRestarts(0.3, 10, t_mul=1.0, alpha=0.1)
    check_oracle(cosine_restarts(0.3, 10, end=0.03), oracle)


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (
            warmup(cosine_restarts(0.3, 10), 7),
            lambda t: np.where(t < 7, 0.3 * t / 7, falls(np.maximum(t - 7, 0), 0.3, 10)),
            0.3,
        ),
        (
            join(cosine_restarts(0.3, 10), 41, cosine_restarts(0.1, 5, 2)),
            lambda t: np.where(t < 41, falls(t, 0.3, 10), falls(np.maximum(t - 41, 0), 0.1, 5, 2)),
            0.3,
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"initial": -1},
        {"period": 0},
        {"multiplier": 0.5},
        {"peak_decay": 0},
        {"end": -1},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        cosine_restarts(**{"initial": 1, "period": 10, **arguments})
