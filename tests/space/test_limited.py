"""Ranges that continue only as far as their values are accepted."""

import pytest

from kpipe.space.limited import limited
from space.spaces import space


def found(outer, inner, values, accepts):
    return limited(space(outer), space(inner), values, accepts)["a"].space


@pytest.mark.parametrize(
    ("outer", "inner", "accepts", "low", "high"),
    [
        ("Uniform: [0.5, 1.5]", "Uniform: [0.4, 0.9]", lambda value: value <= 1, 0.5, 1),
        ("Uniform: [-0.5, 0.5]", "Uniform: [0.1, 0.9]", lambda value: value >= 0, 0, 0.5),
        ("Log: [1e-2, 100]", "Log: [1e-3, 0.1]", lambda value: value < 10, 1e-2, 10),
        ("Int: [4, 40]", "Int: [2, 8]", lambda value: value <= 17, 4, 17),
        ("Int: [-6, 4]", "Int: [2, 8]", lambda value: value >= 1, 1, 4),
        ("LogInt: [1, 512]", "LogInt: [8, 64]", lambda value: 3 <= value <= 300, 3, 300),
    ],
)
def test_the_accepted_part(outer, inner, accepts, low, high):
    result = found(f"a: {{{outer}}}", f"a: {{{inner}}}", {"a": 8}, lambda values: accepts(values["a"]))
    assert accepts(result.low)
    assert accepts(result.high)
    assert result.low == pytest.approx(low, rel=0.03, abs=0.01)
    assert result.high == pytest.approx(high, rel=0.03)
    assert isinstance(result.high, int) == outer.startswith(("Int", "LogInt"))


def test_accepted_bounds_remain_and_other_values_are_those_of_the_point():
    points = []
    text = "a: {Uniform: [0, %s]}\nb: {Choice: [1, 2]}"
    result = found(text % 2, text % 1, {"a": 0.9, "b": 2}, lambda values: not points.append(values))
    assert (result.low, result.high) == (0, 2)
    assert points == [{"a": 2, "b": 2}]


def test_a_range_that_is_not_continued_is_not_checked():
    text = "a: {Uniform: [0, 1]}"
    assert found(text, text, {"a": 0.5}, lambda values: 1 / 0).high == 1
