import pytest

from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.resume.component_value import component_value


def value(text, kind, **arguments):
    return component_value(read_text(text, "a"), kind, **arguments)


@pytest.mark.parametrize(
    ("kind", "first", "second", "is_same"),
    [
        ("optimizer", "Adam", "{Adam: {}}", True),
        ("optimizer", "{SGD: {momentum: 0}}", "keras.SGD", True),
        ("optimizer", "{SGD: {momentum: 0.9}}", "SGD", False),
        ("layer", "{Dense: {units: 3, activation: relu}}", "{Dense: {activation: relu, units: 3, use_bias: true}}", True),
        ("layer", "{Bidirectional: {layer: {LSTM: {units: 3}}}}", "{Bidirectional: {layer: {LSTM: {units: 4}}}}", False),
        ("layer", "[ReLU, Flatten]", "[{ReLU: {}}, Flatten]", True),
        ("source", "{ImageFolder: {train: a}}", "{ImageFolder: {train: b}}", True),
    ],
)  # fmt: skip
def test_components_are_compared_with_their_defaults(kind, first, second, is_same):
    assert (value(first, kind) == value(second, kind)) == is_same


def test_paths_of_the_data_are_compared_if_requested():
    one, two = (value(f"{{ImageFolder: {{train: {name}}}}}", "source", with_data=True) for name in "ab")
    assert one != two


def test_arguments_that_are_written_and_differ_from_their_defaults():
    assert value("{SGD: {momentum: 0.9, nesterov: false}}", "optimizer").written == {"momentum": 0.9}
    assert value("unknown", "optimizer") == "unknown"
