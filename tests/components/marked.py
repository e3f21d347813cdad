"""Components written as in a spec, with marks."""

from kpipe.components import check
from kpipe.errors import Problem
from kpipe.spec.node import Node
from kpipe.spec.yaml_text.yaml_reader import read_text


def node(text: str) -> Node:
    return read_text(text, "spec.yaml")


def problems(text: str, kind: str, path: str = "here") -> list[Problem]:
    found: list[Problem] = []
    check(node(text), kind, path, found)
    return found
