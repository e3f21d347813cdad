import pytest

from kpipe.train.resume.component_value import Component
from kpipe.train.resume.value_differences import value_differences

SGD = Component("SGD", "keras", {"momentum": 0.0})


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (1, 1.0, []),
        (1, True, ["a: 1 -> true"]),
        ([1, 2], [1, 3], ["a.1: 2 -> 3"]),
        ([1], [1, 2], ["a: [1] -> [1, 2]"]),
        ({"b": 1}, {}, ["a.b: 1 -> absent"]),
        (SGD, Component("SGD", "keras", {"momentum": 0.9}), ["a.SGD.momentum: 0.0 -> 0.9"]),
        (SGD, Component("SGD", "mine", {}), ["a: keras.SGD -> mine.SGD"]),
        ([SGD], [Component("Adam", "keras", {})], ["a.0: 'SGD' -> 'Adam'"]),
    ],
)
def test_differences(before, now, expected):
    assert [str(change) for change in value_differences(before, now, "a")] == expected


@pytest.mark.parametrize(
    ("before", "now", "path", "expected"),
    [
        ([{"epochs": 2}] * 2, [{"epochs": 2}] * 3, "train.stages", "train.stages: 2 stages -> 3 stages"),
        ([{"epochs": 2}], [{"epochs": 2}, SGD], "train.stages", "train.stages: 1 entry -> 2 entries"),
        ([{"b": 2}] * 2, [{"b": 2}], "a", "a: 2 entries -> 1 entry"),
        ([SGD], [SGD, SGD], "a", "a: ['SGD'] -> ['SGD', 'SGD']"),
    ],
)
def test_lists_of_different_lengths(before, now, path, expected):
    assert [str(change) for change in value_differences(before, now, path)] == [expected]
