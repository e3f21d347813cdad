"""The problem of one list for a dataset with several inputs."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.errors import Problem
from kpipe.spec.node import Node


def several_inputs_problem(node: Node, path: str, names: Sequence[str], noun: str = "input") -> Problem:
    """Return the problem of a list of components that does not specify to which of several inputs it belongs.

    Args:
        node: the list.
        path: its path in the spec.
        names: the names of the inputs.
        noun: what the names are those of, default `input`.
    """
    listed, example = ", ".join(names), f"{{{names[0]}: [...]}}"
    expected = f"expected a mapping keyed by {noun} name ({listed})"
    message = f"the dataset has several {noun}s; {expected}, got a list; write {example}"
    return Problem(node.mark, path, message)
