"""Positions and values of ranges against closed forms."""

import math

import pytest

from kpipe.space.range import FORMS, Range


@pytest.mark.parametrize("form", FORMS)
def test_the_bounds_are_at_0_and_1_exactly(form):
    space = Range(form, 3, 700) if FORMS[form][1] else Range(form, 3e-7, 0.7)
    assert (space.value_at(0), space.value_at(1)) == (space.low, space.high)
    assert space.position(space.low) == pytest.approx(0, abs=1e-12)
    assert space.position(space.high) == pytest.approx(1, abs=1e-12)


def test_the_middle_of_a_logarithmic_range_is_the_geometric_mean():
    assert Range("Log", 1e-6, 1e-2).value_at(0.5) == pytest.approx(1e-4, rel=1e-12)
    assert Range("Uniform", 1.0, 4.0).value_at(0.5) == 2.5
    assert Range("LogInt", 1, 100).value_at(0.5) == 10


@pytest.mark.parametrize("position", [-0.5, 0.1, 0.3, 0.999, 1.5])
def test_the_position_of_a_value_is_the_inverse(position):
    for space in (Range("Log", 1e-5, 30.0), Range("Uniform", -2.0, 5.0)):
        assert space.position(space.value_at(position)) == pytest.approx(position, abs=1e-9)


def test_integers_have_integers_between_the_bounds():
    space = Range("Int", -2, 3)
    assert [*space.values()] == [-2, -1, 0, 1, 2, 3]
    assert all(type(space.value_at(index / 10)) is int for index in range(11))
    assert Range("Log", 1.0, 2.0).values() is None


def test_each_decade_of_a_logarithmic_range_has_the_same_width():
    space = Range("Log", 1e-4, 1e-1)
    assert [space.position(10.0**power) for power in (-4, -3, -2, -1)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert math.isclose(space.value_at(1 / 3), 1e-3)
