"""The triangle against its formula."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import cyclic, join, warmup

from .closed_form import check


def triangle(t, low, high, period):
    """Smith's own way of writing it, with a step size of half a period."""
    size = period / 2
    cycle = np.floor(1 + t / (2 * size))
    return low + (high - low) * np.maximum(0, 1 - np.abs(t / size - 2 * cycle + 1))


def test_it_rises_and_falls():
    periods = (1, 2, 3, 41, 50, 97.5)
    check(*((cyclic(0.1, 0.4, period), lambda t, p=period: triangle(t, 0.1, 0.4, p), 0.4) for period in periods))


def test_it_is_low_at_the_ends_of_a_period_and_high_in_its_middle():
    schedule = cyclic(0.25, 1.0, 8)
    assert [schedule(0), schedule(4), schedule(8), schedule(12), schedule(800)] == [0.25, 1.0, 0.25, 1.0, 0.25]


def test_it_has_a_warm_up_and_two_are_joined():
    check(
        (
            warmup(cyclic(0.1, 0.4, 10), 7),
            lambda t: np.where(t < 7, 0.1 * t / 7, triangle(np.maximum(t - 7, 0), 0.1, 0.4, 10)),
            0.4,
        ),
        (
            join(cyclic(0.1, 0.4, 10), 41, cyclic(0.0, 0.2, 6)),
            lambda t: np.where(t < 41, triangle(t, 0.1, 0.4, 10), triangle(np.maximum(t - 41, 0), 0.0, 0.2, 6)),
            0.4,
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"low": -1},
        {"high": -1},
        {"period": 0},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        cyclic(**{"low": 0, "high": 1, "period": 10, **arguments})
