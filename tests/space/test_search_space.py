"""Points of a search space and the values of the spec that they result in."""

import pytest

from space.spaces import space

OPTIMIZERS = """\
train.optimizer:
  Choice:
  - SGD: {learning_rate: {Log: [0.01, 1]}, momentum: {Choice: [0.5, 0.9]}}
  - Adam
data.batch_size: {Choice: [32, 64]}
"""


def test_overrides_contain_the_values_of_the_chosen_option():
    found = space(OPTIMIZERS)
    values = {
        "train.optimizer": "SGD",
        "train.optimizer.SGD.learning_rate": 0.1,
        "train.optimizer.SGD.momentum": 0.9,
        "data.batch_size": 32,
    }
    assert found.overrides(values) == {
        "train.optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.9}},
        "data.batch_size": 32,
    }
    assert found.overrides({**values, "train.optimizer": "Adam"})["train.optimizer"] == "Adam"


def test_values_of_other_options_do_not_belong_to_a_point():
    found = space(OPTIMIZERS)
    adam = {"train.optimizer": "Adam", "data.batch_size": 32}
    assert found.point({**adam, "train.optimizer.SGD.momentum": 0.5}) == found.point(adam)
    assert [entry.name for entry in found.active(adam)] == ["train.optimizer", "data.batch_size"]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("a: {Choice: [1, 2]}\nb: {Int: [1, 3]}", 6),
        ("a: {LogInt: [1, 100]}", 100),
        ("a: {Uniform: [0, 1]}\nb: {Int: [1, 3]}", None),
        ("a: {Choice: [{SGD: {momentum: {Choice: [0.5, 0.9]}}}, Adam]}\nb: {Int: [1, 3]}", 9),
        ("a: {Choice: [Adam, {SGD: {momentum: {Uniform: [0, 1]}}}]}", None),
        ("a: {Choice: [Adam, {Choice: [1, 2, 3]}]}", 4),
    ],
)
def test_the_number_of_points(text, size):
    assert space(text).size == size


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match=r"data\.batch_size"):
        space("data.batch_size: {Choice: [32, 64]}").overrides({})
