import pytest

from kpipe.report.item_differences import item_differences
from kpipe.report.spec_item import SpecItem
from kpipe.train.resume.component_value import Component


def layer(name, **arguments):
    return Component(name, "keras", {"rate": 0.5, **arguments}, arguments)


def texts(before, now):
    return [str(change) for change in item_differences(before, now, "a")]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (1, 1.0),
        ({"b": 1, "c": 2}, {"c": 2, "b": 1.0}),
        ([layer("Dropout")], [layer("Dropout", rate=0.5)]),
        ([SpecItem("x", layer("ReLU"))], [SpecItem("y", layer("ReLU"))]),
    ],
)
def test_values_of_the_same_meaning(before, now):
    assert texts(before, now) == []


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (1, True, ["a: 1 -> true"]),
        ("x", None, ["a: x -> null"]),
        ({"b": 1}, {"c": [1]}, ["a.b: 1 -> absent", "a.c: absent -> [1]"]),
        ([3, 3], [3, 5], ["a: [3, 3] -> [3, 5]"]),
        (layer("Dropout"), layer("Dropout", rate=0.2), ["a.Dropout.rate: 0.5 -> 0.2"]),
        (layer("Dropout", rate=0.2), layer("ReLU"), ["a: {Dropout: {rate: 0.2}} -> ReLU"]),
        (
            [layer("A"), layer("B")],
            [layer("B", rate=1), layer("C")],
            ["a.0: A -> absent", "a.0.B.rate: 0.5 -> 1", "a.1: absent -> C"],
        ),
        ([{"Repeat": {"of": [layer("A")]}}], [{"Repeat": {"of": []}}], ["a.0.Repeat.of.0: A -> absent"]),
        ([SpecItem("x.3", layer("A"))], [], ["x.3: A -> absent"]),
        (
            [SpecItem("x", layer("A", rate=1)), SpecItem("x", layer("A", rate=2))],
            [SpecItem("x", layer("A", rate=2)), SpecItem("x", layer("A", rate=4))],
            ["x.A.rate: 1 -> 2", "x.A.rate: 2 -> 4"],
        ),
    ],
)
def test_differences(before, now, expected):
    assert texts(before, now) == expected
