import pytest

from kpipe.components.argument_example import argument_example
from kpipe.components.argument_forms import resolved

from .marked import node


@pytest.mark.parametrize(
    ("kind", "name", "value", "example"),
    [
        ("layer", "Dropout", "0.2", "{rate: 0.2}"),
        ("layer", "Activation", "relu", "{activation: relu}"),
        ("layer", "Conv2D", "8", "{filters: 8, kernel_size: ...}"),
        ("layer", "MaxPooling2D", "[2, 2]", "{pool_size: [2, 2]}"),
        ("layer", "Dense", "wide", "{units: ...}"),
        ("layer", "ReLU", "wide", "{...}"),
        ("transform", "OneOf", "[HorizontalFlip]", "{transforms: [...]}"),
        ("layer", "NoLayer", "3", "{...}"),
    ],
)
def test_the_value_becomes_the_first_argument_that_accepts_it(kind, name, value, example):
    assert argument_example(name, resolved(kind, name), node(value)) == f"`{name}: {example}`"
