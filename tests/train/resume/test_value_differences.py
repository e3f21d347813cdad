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
