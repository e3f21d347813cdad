"""A custom selection of layers."""

from types import SimpleNamespace

import pytest

from kpipe.components import build, register, vocabulary
from kpipe.model.selections.selection import Selection
from kpipe.spec.yaml_text.yaml_reader import read_text


class Odd(Selection):
    """Every second layer."""

    def select(self, layers, is_in):
        return layers[1::2]


@pytest.fixture
def registered():
    register(Odd)
    yield
    vocabulary().remove(__name__)


def test_a_custom_selection_derives_from_the_base_class(registered):
    layers = [SimpleNamespace(name=name) for name in "abcd"]
    found = build(read_text("Odd", "a.yaml"), "selection").select(layers, lambda layer, item: True)
    assert [entry.name for entry in found] == ["b", "d"]
