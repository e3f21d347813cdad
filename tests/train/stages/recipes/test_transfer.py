import pytest

from kpipe.errors import ArgumentError
from kpipe.train.stages.recipes import Transfer
from tests.train.stages.recipes.contexts import context

SLOW = {"optimizer": {"Adam": {"learning_rate": 0.001}}}
HEAD = {"only": ["head"]}
LAST = {"only": ["head", {"Last": {"share": 0.3, "except": ["head"]}}]}
ALL = {"freeze": []}


@pytest.mark.parametrize(
    ("data", "samples", "second"),
    [("similar", 199, HEAD), ("similar", 200, LAST), ("different", 199, HEAD), ("different", 200, ALL)],
)
def test_the_table(data, samples, second):
    # 100 samples for each of two classes are much.
    assert Transfer(data=data).stages(context(samples)) == [HEAD, {**second, **SLOW}]


@pytest.mark.parametrize(
    ("arguments", "classes", "samples", "is_much"),
    [
        ({}, 10, 999, False),
        ({}, 10, 1_000, True),
        ({}, None, 999, False),
        ({}, None, 1_000, True),
        ({"much": 50}, 10, 49, False),
        ({"much": 50}, 10, 50, True),
    ],
)
def test_what_is_much(arguments, classes, samples, is_much):
    _, second = Transfer(**arguments).stages(context(samples, classes))
    assert second == {**(LAST if is_much else HEAD), **SLOW}


def test_its_arguments():
    first, second = Transfer(last=0.5, learning_rate_factor=0.5, much=1).stages(context())
    assert first == HEAD
    assert second["only"][1]["Last"]["share"] == 0.5
    assert second["optimizer"] == {"Adam": {"learning_rate": 0.005}}
    assert Transfer(epochs=[2, 3]).stage_epochs(9) == [2, 3]
    assert Transfer(epochs=4).stage_epochs(9) == [4, 4]
    assert Transfer().stage_epochs(9) == [9, 9]


@pytest.mark.parametrize(
    ("recipe", "samples", "classes", "reason"),
    [
        (
            Transfer(),
            5_000,
            10,
            "similar (`data`) and much data: 5,000 training samples, at least 1,000 (100 for each of 10 classes)",
        ),
        (
            Transfer(data="different", much=300),
            120,
            10,
            "different (`data`) and little data: 120 training samples, below 300 (`much`); this is the difficult case: "
            "compare classifiers on earlier layers",
        ),
        (Transfer(), 1, None, "similar (`data`) and little data: 1 training sample, below 1,000 (no classes)"),
    ],
)
def test_the_reason(recipe, samples, classes, reason):
    assert recipe.reason(context(samples, classes)) == reason


@pytest.mark.parametrize("arguments", [{"much": 0}, {"last": 0}, {"epochs": 0}, {"epochs": [1]}, {"epochs": [1, 2, 3]}])
def test_invalid_arguments(arguments):
    with pytest.raises(ArgumentError):
        Transfer(**arguments)
