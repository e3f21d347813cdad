import math

import pytest

from kpipe.report.pages.axis import Axis


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.0, 1.0), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ((0.91, 0.99), [0.92, 0.94, 0.96, 0.98]),
        ((1, 60), [20, 40, 60]),
        ((-1.3, 2.2), [-1, 0, 1, 2]),
        ((0.5, 1.5), [0.6, 0.8, 1, 1.2, 1.4]),
    ],
)
def test_ticks_are_round_numbers(ends, expected):
    assert Axis(*ends).ticks() == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((1e-3, 2.0), [1e-3, 1e-2, 1e-1, 1]),
        ((1e-20, 1.0), [1e-20, 1e-16, 1e-12, 1e-8, 1e-4, 1]),
        ((0.15, 8.0), [0.2, 0.5, 1, 2, 5]),
    ],
)
def test_ticks_of_a_logarithmic_axis(ends, expected):
    assert Axis(*ends, is_log=True).ticks() == expected


def test_positive_values_that_differ_much_have_a_logarithmic_axis():
    assert Axis.of([2.3, 0.5, 0.1, 0.02]).is_log
    assert not Axis.of([2.3, 0.5, 0.1]).is_log
    assert not Axis.of([100.0, 0.0]).is_log


def test_all_values_are_inside_unless_most_are_far_away():
    axis = Axis.of([0.5, 0.6, 0.7, 0.8])
    assert (axis.low, axis.high) == pytest.approx((0.488, 0.812))
    diverged = Axis.of([0.5, 0.6, 0.7, 0.8, -1e9])
    assert -1 < diverged.low < 0.5
    assert diverged.position(-1e9) == -2


def test_a_diverged_loss_is_outside_of_a_logarithmic_axis():
    losses = [2.3 * 0.9**epoch for epoch in range(40)]
    axis = Axis.of([*losses, 1e30])
    assert axis.is_log
    assert axis.high < 1e12
    assert axis.position(math.inf) == 3


def test_values_that_are_kept_are_inside():
    accuracies = [0.1, *(0.9 + 0.001 * epoch for epoch in range(50))]
    assert Axis.of(accuracies).low > 0.8
    assert Axis.of(accuracies, kept=[0.1]).low < 0.1
    losses = [2.3, *(0.03 + 0.0001 * epoch for epoch in range(50)), 1e9]
    kept = Axis.of(losses, kept=[2.3])
    assert kept.is_log and 2.3 < kept.high < 10


def test_one_value_or_none():
    assert Axis.of([0.5]).low < 0.5 < Axis.of([0.5]).high
    assert Axis.of([0.0]).low < 0 < Axis.of([0.0]).high
    assert Axis.of([math.nan, math.inf]) == Axis(0.0, 1.0)
