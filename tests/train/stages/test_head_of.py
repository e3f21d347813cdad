import pytest
from golden import raises

from kpipe.errors import ArgumentError, SpecError
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.stages.head_of import head_of
from kpipe.train.stages.recipes import FeatureExtraction
from tests.train.stages.recipes.models import MODEL, built, spec


@pytest.fixture(scope="module")
def model():
    return built(spec(None))[0]


def head(model, arguments="{}", start=None):
    node = read_text(f"FeatureExtraction: {arguments}", "a.yaml")
    names = node.plain()["FeatureExtraction"].get("head")
    return head_of(node, FeatureExtraction(head=names), None if start is None else read_text(start, "a.yaml"), model)


def test_the_argument_comes_first(model):
    assert head(model, "{head: [second, third]}", "Run: {folder: a, except: [head]}") == ["second", "third"]


def test_what_the_start_excludes(model):
    assert head(model, start="Run: {folder: a, except: [third, head]}") == ["third", "head"]
    # The others are in the saved model alone.
    assert head(model, start="Run: {folder: a, except: [old, third]}") == ["third"]


@pytest.mark.parametrize("start", [None, "Run: {folder: a}", "Run", "Run: {folder: a, except: [old]}"])
def test_the_last_layer_with_weights(model, start):
    assert head(model, start=start) == ["head"]


def test_a_last_layer_without_a_name():
    layers = [*MODEL[:-1], {"Dense": {"units": "=classes"}}, "Softmax"]
    assert head(built(spec(None, layers))[0]) == ["dense"]


def test_a_last_layer_in_an_item():
    layers = [*MODEL[:-1], {"Branches": {"name": "top", "of": [[{"Dense": {"name": "out", "units": "=classes"}}]]}}]
    assert head(built(spec(None, layers))[0]) == ["top/out"]


def test_an_unknown_item(model):
    with raises(SpecError):
        head(model, "{head: [haed]}")


def test_nothing_is_left(model):
    with raises(ArgumentError):
        head(model, "{head: [first, second, third, head]}")
