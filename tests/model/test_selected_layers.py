"""The layers that a list in a spec selects."""

import pytest
from golden import raises

from kpipe.errors import SpecError
from kpipe.model.selected_layers import selected_layers
from kpipe.spec.yaml_text.yaml_reader import read_text

from .test_model_layers import SPEC, built_of


@pytest.fixture(scope="module")
def built():
    return built_of({**SPEC, "model": [{"Conv2D": {"filters": 2, "kernel_size": 3}}, *SPEC["model"][1:]]})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[head, drop]", ["drop", "head"]),
        ("[conv2d]", ["conv2d"]),
        ("[First: {share: 0.5}, head]", ["conv2d", "head"]),
        ("[Matching: {pattern: '.*d.*'}, head]", ["conv2d", "drop", "head"]),
        ("[]", []),
    ],
)
def test_the_order_is_that_of_keras(built, text, names):
    assert [entry.name for entry in selected_layers(read_text(text, "a.yaml"), built)] == names


@pytest.mark.parametrize(
    "text", ["[head, haed]", "[head/x]", "[Matching: {pattern: x}]", "[First: {share: 0.5, of: drop}]"]
)
def test_entries_that_do_not_match_are_reported_at_their_place(built, text):
    with raises(SpecError):
        selected_layers(read_text(text, "a.yaml"), built)
