"""Search spaces for tests."""

from kpipe.space.search_space import SearchSpace
from kpipe.spec.merging.override import repath
from kpipe.spec.yaml_text.yaml_reader import read_text


def node(text):
    found = read_text(text, "a.yaml")
    repath(found, "tune.space")
    return found


def problems(text):
    found = []
    SearchSpace.read(node(text), lambda entry: entry, found)
    return found


def space(text):
    found = []
    result = SearchSpace.read(node(text), lambda entry: entry, found)
    assert not found
    return result
