"""Two schedules, one after the other; each schedule's own test has a join too."""

import numpy as np
from golden import raises
from kpipe_callbacks.schedules import constant, cosine, inverse_time, join

from .closed_form import check


def test_the_second_begins_with_its_own_first_value():
    second = lambda t, at: 0.2 / (1 + 0.1 * np.maximum(t - at, 0))  # noqa: E731
    schedules = {at: join(constant(0.4), at, inverse_time(0.2, 0.1)) for at in (1, 41, 99.5)}
    formulas = {at: lambda t, at=at: np.where(t < at, 0.4, second(t, at)) for at in schedules}
    check(*((schedule, formulas[at], 0.4) for at, schedule in schedules.items()))


def test_the_step_of_the_change_belongs_to_the_second():
    schedule = join(constant(1.0), 10, constant(0.5))
    assert [schedule(9), schedule(10)] == [1.0, 0.5]


def test_three_are_joined():
    schedule = join(constant(0.4), 10, join(cosine(0.3, 41), 50, constant(0.1)))
    middle = lambda t: 0.15 * (1 + np.cos(np.pi * np.clip(t - 10, 0, 41) / 41))  # noqa: E731
    check((schedule, lambda t: np.where(t < 10, 0.4, np.where(t < 60, middle(t), 0.1)), 0.4))


def test_a_wrong_step_is_refused():
    with raises(ValueError):
        join(constant(1), 0, constant(1))
