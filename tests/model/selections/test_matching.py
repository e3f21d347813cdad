"""The layers whose names match a pattern."""

import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections import Matching

LAYERS = [ModelLayer(name, None) for name in ("conv_0", "conv_1", "body/conv_1", "head")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("conv_[01]", ["conv_0", "conv_1"]),
        ("body/.*", ["body/conv_1"]),
        (".*conv_1", ["conv_1", "body/conv_1"]),
        ("(?!head).*", ["conv_0", "conv_1", "body/conv_1"]),
    ],
)
def test_the_whole_name_matches(pattern, names):
    assert [entry.name for entry in Matching(pattern).select(LAYERS, None)] == names


def test_a_pattern_without_a_match_is_refused():
    with raises(ArgumentError):
        Matching("conv").select(LAYERS, None)


def test_other_strings_are_refused():
    with raises(ArgumentError):
        Matching("conv_[")
