"""The inverse square root against its formula."""

import numpy as np
from golden import raises
from kpipe_callbacks.schedules import inverse_sqrt, join, warmup

from .closed_form import check


def test_it_falls_with_the_inverse_square_root():
    shifts = (1, 0.25, 41, 400)
    check(*((inverse_sqrt(0.3, s), lambda t, s=s: 0.3 / np.sqrt(t + s), 0.3 / np.sqrt(s)) for s in shifts))


def test_by_default_it_begins_with_the_initial_value():
    assert inverse_sqrt(0.3)(0) == 0.3


def test_with_a_warm_up_of_its_shift_it_matches_the_paper():
    # Vaswani et al., equation 3: d^-0.5 min(t^-0.5, t w^-1.5), of which the first is never taken at t = 0.
    schedule = warmup(inverse_sqrt(512**-0.5, shift=40), 40)
    paper = lambda t: 512**-0.5 * np.minimum(np.maximum(t, 1e-9) ** -0.5, t * 40**-1.5)  # noqa: E731
    check((schedule, paper, 0.007))


def test_two_can_be_joined():
    second = lambda t: 0.2 / np.sqrt(np.maximum(t - 41, 0) + 4)  # noqa: E731
    formula = lambda t: np.where(t < 41, 0.3 / np.sqrt(t + 1), second(t))  # noqa: E731
    check((join(inverse_sqrt(0.3), 41, inverse_sqrt(0.2, 4)), formula, 0.3))


def test_a_wrong_argument_is_refused():
    with raises(ValueError):
        inverse_sqrt(-1)
    with raises(ValueError):
        inverse_sqrt(1, 0)
