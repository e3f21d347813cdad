"""One cycle against its formula."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import join, one_cycle, warmup

from .closed_form import check


def goes(t, start, peak, end, total, rise=0.3):
    """PyTorch's way of writing it: from one value to another along a half cosine."""
    between = lambda a, b, part: b + (a - b) / 2 * (1 + np.cos(np.pi * part))  # noqa: E731
    top = rise * total
    falling = between(peak, end, (np.clip(t, 0, total) - top) / (total - top))
    return np.where(t < top, between(start, peak, t / top), falling)


@pytest.mark.parametrize("rise", [0.3, 0.5, 0.01])
def test_it_goes_up_and_down(rise):
    totals = (1, 2, 41, 100, 300)
    schedules = [one_cycle(0.02, 0.5, 0.001, total, rise) for total in totals]
    formulas = [lambda t, total=total: goes(t, 0.02, 0.5, 0.001, total, rise) for total in totals]
    check(*((schedule, formula, 0.5) for schedule, formula in zip(schedules, formulas, strict=True)))


def test_start_peak_and_end_are_met():
    schedule = one_cycle(0.25, 1.0, 0.125, 10, 0.4)
    assert [schedule(0), schedule(4), schedule(10), schedule(11), schedule(10_000)] == [0.25, 1.0, *[0.125] * 3]


def test_it_may_go_down_and_up_has_a_warm_up_and_two_are_joined():
    check(
        (one_cycle(0.95, 0.85, 0.95, 41), lambda t: goes(t, 0.95, 0.85, 0.95, 41), 0.95),
        (
            warmup(one_cycle(0.1, 0.5, 0.0, 41), 7),
            lambda t: np.where(t < 7, 0.1 * t / 7, goes(np.maximum(t - 7, 0), 0.1, 0.5, 0.0, 41)),
            0.5,
        ),
        (
            join(one_cycle(0.1, 0.5, 0.0, 41), 41, one_cycle(0.0, 0.2, 0.1, 41)),
            lambda t: np.where(t < 41, goes(t, 0.1, 0.5, 0.0, 41), goes(np.maximum(t - 41, 0), 0.0, 0.2, 0.1, 41)),
            0.5,
        ),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": -1},
        {"peak": -1},
        {"end": -1},
        {"total": 0},
        {"rise": 0},
        {"rise": 1},
    ],
)
def test_a_wrong_argument_is_refused(arguments):
    with raises(ValueError):
        one_cycle(**{"start": 0, "peak": 1, "end": 0, "total": 10, **arguments})
