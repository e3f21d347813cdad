"""Narrowed ranges against closed forms."""

import pytest

from kpipe.space.narrow import beyond, border, narrowed
from kpipe.space.range import Range
from space.spaces import space


def bounds(found, name):
    return found[name].space.low, found[name].space.high


def test_a_range_is_narrowed_around_the_best_value():
    found = narrowed(space("a: {Uniform: [0, 10]}"), [{"a": 4.0}, {"a": 9.0}], 0.4)
    assert bounds(found, "a") == (2.0, 6.0)


def test_a_logarithmic_range_is_narrowed_in_the_logarithm():
    found = narrowed(space("a: {Log: [1e-6, 1e-2]}"), [{"a": 1e-3}], 0.25)
    assert bounds(found, "a") == pytest.approx((10**-3.5, 10**-2.5))


@pytest.mark.parametrize(("best", "expected"), [(9.5, (6.0, 10.0)), (0.5, (0.0, 4.0))])
def test_a_narrowed_range_remains_inside_and_keeps_its_width(best, expected):
    assert bounds(narrowed(space("a: {Uniform: [0, 10]}"), [{"a": best}], 0.4), "a") == pytest.approx(expected)


def test_a_range_continues_beyond_the_border_only_if_asked_and_if_the_best_value_is_there():
    ranges = space("a: {Log: [1e-4, 1]}")
    assert bounds(narrowed(ranges, [{"a": 1e-4}], 0.5, widen=True), "a") == pytest.approx((1e-5, 1e-3))
    assert bounds(narrowed(ranges, [{"a": 1e-4}], 0.5), "a") == pytest.approx((1e-4, 1e-2))
    assert bounds(narrowed(ranges, [{"a": 1e-3}], 0.8, widen=True), "a") == pytest.approx((1e-4, 10**-0.8))


def test_integers_remain_a_range():
    found = narrowed(space("a: {Int: [1, 5]}\nb: {LogInt: [1, 64]}"), [{"a": 3, "b": 1}], 0.1, widen=True)
    assert bounds(found, "a") == (3, 4)
    assert bounds(found, "b") == (1, 2)


def test_options_among_the_best_fifth_remain_with_their_conditions():
    ranges = space("a: {Choice: [Adam, {SGD: {momentum: {Uniform: [0, 1]}}}, Lion]}")
    ranked = [{"a": name} for name in ("Adam", "Lion", "Lion", "Lion", "Lion", "Lion")]
    found = narrowed(ranges, ranked, 0.5)
    assert found["a"].space.labels == ("Adam", "Lion")
    assert [entry.name for entry in found.parameters] == ["a"]


def test_a_value_that_the_best_point_lacks_is_that_of_the_best_point_with_it():
    ranges = space("a: {Choice: [Adam, {SGD: {momentum: {Uniform: [0, 1]}}}]}")
    ranked = [{"a": "Adam"}, {"a": "SGD", "a.SGD.momentum": 0.6}] + [{"a": "Adam"}] * 4
    assert bounds(narrowed(ranges, ranked, 0.2), "a.SGD.momentum") == pytest.approx((0.5, 0.7))


def test_without_points_the_space_remains():
    ranges = space("a: {Uniform: [0, 10]}")
    assert narrowed(ranges, [], 0.4) is ranges


@pytest.mark.parametrize(
    ("form", "low", "high", "value", "side"),
    [
        ("Uniform", 0.0, 1.0, 0.05, "lower"),
        ("Uniform", 0.0, 1.0, 0.06, None),
        ("Log", 1e-6, 1e-2, 6.5e-3, "upper"),
        ("Log", 1e-6, 1e-2, 6e-3, None),
        ("Int", 1, 3, 1, "lower"),
        ("Int", 1, 3, 2, None),
        ("Int", 1, 100, 99, "upper"),
    ],
)
def test_values_at_a_border(form, low, high, value, side):
    assert border(Range(form, low, high), value) == side


def test_the_range_beyond_a_border_is_as_wide():
    assert str(beyond(Range("Uniform", 0.0, 1.0), 1.0)) == "Uniform: [0.5, 1.5]"
    found = beyond(Range("Log", 1e-6, 1e-2), 1e-6)
    assert (found.low, found.high) == pytest.approx((1e-8, 1e-4))
