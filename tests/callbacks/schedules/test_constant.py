"""The constant schedule against its formula."""

import numpy as np
import pytest
from golden import raises
from kpipe_callbacks.schedules import constant, join, warmup

from .closed_form import check


def test_it_is_the_same_at_every_step_alone_with_a_warm_up_and_joined():
    check(
        (constant(0.3), lambda t: np.full(len(t), 0.3), 0.3),
        (warmup(constant(0.3), 7), lambda t: 0.3 * np.minimum(t / 7, 1), 0.3),
        (join(constant(0.3), 41, constant(0.1)), lambda t: np.where(t < 41, 0.3, 0.1), 0.3),
    )


def test_it_may_be_zero():
    assert constant(0)(5) == 0


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf"), "0.1", None, True])
def test_a_wrong_value_is_refused(wrong):
    with raises(ValueError):
        constant(wrong)


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(2), np.array(0.5)])
def test_numbers_of_numpy_are_numbers(number):
    assert constant(number)(3) == float(number)
