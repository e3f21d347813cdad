"""Lists of components for the inputs of a dataset."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.errors import Problem, SpecError
from kpipe.model.several_inputs import several_inputs_problem
from kpipe.spec.node import Node


def by_input(node: Node, path: str, inputs: Sequence[str], noun: str = "input") -> dict[str, Node]:
    """Return the list of each input, given a mapping from input names, or a list if there is only one input.

    Args:
        node: the mapping or list.
        path: its path in the spec.
        inputs: the names of all inputs.
        noun: what the names are those of, default `input`.

    Raises:
        SpecError: an input is unknown, or a list is given for several inputs.
    """
    if node.is_mapping:
        for name in node.entries:
            if name not in inputs:
                message = f"the dataset has no {noun} {name!r}; available: {', '.join(inputs)}"
                raise SpecError([Problem(node.key_mark(name), f"{path}.{name}", message)])
        return dict(node.entries)
    if len(inputs) > 1 and node.items:
        raise SpecError([several_inputs_problem(node, path, inputs, noun)])
    return dict.fromkeys(inputs, node)
