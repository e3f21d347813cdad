"""A share of the layers, counted from one end."""

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.model.selections import First

from .test_share import layers


def names(selection):
    found = selection.select(layers("AbCdE"), lambda layer, item: layer in item)
    return [entry.name for entry in found]


def test_layers_without_weights_between_them_are_selected():
    assert names(First(0.2)) == ["A"]
    assert names(First(0.5)) == ["A", "b", "C"]
    assert names(First(1.0)) == ["A", "b", "C", "d", "E"]


def test_the_share_of_an_item():
    assert names(First(0.5, of="CdE")) == ["C"]


@pytest.mark.parametrize("share", [0, 1.5, float("nan"), "half"])
def test_the_share_has_a_range(share):
    with raises(ArgumentError):
        First(share)
