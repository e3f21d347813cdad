"""Errors that are detected after reading the spec, with their places in it."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node

Place = Callable[[str], Mark | None]


def nowhere(path: str) -> Mark | None:
    """Return None, as the place of any path in a spec that was not read from a file."""
    del path
    return None


def refusal(place: Place, path: str, message: str, node: Node | None = None, meant: str | None = None) -> SpecError:
    """Return the error to raise for one value of a spec.

    Args:
        place: returns the mark of a dotted path of the spec, or None.
        path: the dotted path of the invalid value.
        message: what is wrong, what is allowed, and how to fix it.
        node: the invalid value, if available; its mark and path are then used.
        meant: a suggestion, or None.

    Example:
        >>> print(refusal(nowhere, "train.loss", "no such loss"))
        train.loss: no such loss
    """
    if node is not None:
        return SpecError([Problem(node.mark, node.path or path, message, meant)])
    # The output of a model is the output of its last item.
    return SpecError([Problem(place("model.last" if path == "model" else path), path, message, meant)])
