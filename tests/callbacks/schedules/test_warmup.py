"""The warm-up against its formula; each schedule's own test has one too."""

import numpy as np
from golden import raises
from kpipe_callbacks.schedules import constant, cosine, join, warmup

from .closed_form import check


def test_it_rises_along_a_line_from_the_start_to_the_schedules_first_value():
    check(
        *(
            (warmup(constant(0.4), w, 0.1), lambda t, w=w: np.where(t < w, 0.1 + (0.4 - 0.1) * t / w, 0.4), 0.4)
            for w in (1, 7, 41, 2.5)
        ),
        (warmup(constant(0.1), 10, 0.4), lambda t: np.interp(t, [0, 10], [0.4, 0.1]), 0.4),
    )


def test_the_schedules_own_step_0_is_the_end_of_the_warm_up():
    after = warmup(lambda step: 10.0 + step, 5)
    assert [after(0), after(5), after(6)] == [0.0, 10.0, 11.0]


def test_a_warm_up_of_a_join_and_a_join_of_warm_ups():
    falls = lambda t: 0.2 * (1 + np.cos(np.pi * np.clip(t - 16, 0, 41) / 41))  # noqa: E731
    check(
        (
            warmup(join(constant(0.4), 10, constant(0.2)), 5),
            lambda t: np.where(t < 5, 0.4 * t / 5, np.where(t < 15, 0.4, 0.2)),
            0.4,
        ),
        (
            join(constant(0.2), 10, warmup(cosine(0.4, 41), 6)),
            lambda t: np.where(t < 10, 0.2, np.where(t < 16, 0.4 * (t - 10) / 6, falls(t))),
            0.4,
        ),
    )


def test_a_wrong_argument_is_refused():
    with raises(ValueError):
        warmup(constant(1), 0)
    with raises(ValueError):
        warmup(constant(1), 1, -1)
