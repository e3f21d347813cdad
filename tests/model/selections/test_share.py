"""The position at which a share of the layers ends."""

from types import SimpleNamespace

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.model.selections import First


def layers(text):
    """Layers with weights as upper-case letters, others as lower-case ones."""
    return [SimpleNamespace(name=letter, has_weights=letter.isupper()) for letter in text]


@pytest.mark.parametrize(
    ("text", "share", "end"),
    [
        ("ABCD", 0.25, 1),
        ("ABCD", 0.5, 2),
        ("ABC", 0.5, 2),
        ("ABCDE", 0.1, 1),
        ("ABCDE", 0.29, 1),
        ("ABCDE", 0.3, 2),
        ("aAbBc", 0.5, 2),
        ("aAbBc", 1.0, 5),
    ],
)
def test_the_number_is_rounded_and_at_least_one(text, share, end):
    assert First(share).end(layers(text)) == end


def test_the_layers_of_an_item():
    found = First(1.0, of="x").layers_of(layers("AbC"), lambda layer, item: layer in "bC")
    assert [entry.name for entry in found] == ["b", "C"]
    assert len(First(1.0).layers_of(layers("AbC"), lambda layer, item: False)) == 3


def test_an_item_without_weights_has_no_share():
    with raises(ArgumentError):
        First(1.0, of="x").layers_of(layers("AbC"), lambda layer, item: layer == "b")


def is_letter(layer, item):
    return layer in item


def test_excepted_items_are_not_counted():
    found = First(0.5, except_=["Aa", "D"])
    assert [entry.name for entry in found.layers_of(layers("AaBCD"), is_letter)] == ["B", "C"]
    assert found.end(found.layers_of(layers("AaBCD"), is_letter)) == 1


def test_excepted_items_of_an_item():
    found = First(1.0, of="ABC", except_=["B"]).layers_of(layers("ABCD"), is_letter)
    assert [entry.name for entry in found] == ["A", "C"]


@pytest.mark.parametrize("excepted", ["x", "ABC", "D"])
def test_mistakes_in_except(excepted):
    with raises(ArgumentError):
        First(1.0, of="ABC", except_=[excepted]).layers_of(layers("ABCD"), is_letter)
