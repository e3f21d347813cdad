"""Factors on the learning rates of items."""

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.multipliers import Groups

LAYERS = [ModelLayer(name, None) for name in ("stem", "body/first", "body/second", "head")]


def is_in(layer, item):
    return layer == item or layer.startswith(f"{item}/")


def test_each_layer_of_an_item_has_its_factor():
    assert Groups(body=0.1, head=2).factors(LAYERS, is_in) == {"body/first": 0.1, "body/second": 0.1, "head": 2.0}


@pytest.mark.parametrize("order", [1, -1])
def test_the_innermost_item_counts(order):
    factors = dict([("body", 0.1), ("body/second", 0.5)][::order])
    assert Groups(**factors).factors(LAYERS, is_in) == {"body/first": 0.1, "body/second": 0.5}


def test_an_unknown_item_is_refused():
    with raises(ArgumentError):
        Groups(bodi=0.1).factors(LAYERS, is_in)


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan"), "fast", True])
def test_factors_are_positive_numbers(factor):
    with raises(ArgumentError):
        Groups(body=factor)


def test_at_least_one_item_is_required():
    with raises(ArgumentError):
        Groups()
