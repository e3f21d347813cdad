"""Problems at the values of a spec."""

from __future__ import annotations

from kpipe.errors import Problem
from kpipe.spec.node import Node


def problem_at(node: Node, message: str, suggestion: str | None = None) -> Problem:
    """Return the problem of a value, with its place and the uses through which it was reached.

    Args:
        node: the value.
        message: what is wrong, what is allowed, and how to fix it.
        suggestion: the value that was probably intended, or None.

    Example:
        >>> from kpipe.errors import Mark
        >>> print(problem_at(Node(3, Mark("a.yaml", 4, 7, 4, 9), path="train.epochs"), "out of range"))
        a.yaml:4:7: train.epochs: out of range
    """
    return Problem(node.mark, node.path, message, suggestion, node.chain)
