"""A mistake that only the built model shows, said at its place in the spec."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node

Place = Callable[[str], Mark | None]


def nowhere(path: str) -> Mark | None:
    """The place function of a spec that was not read from a file: no path has a mark."""
    del path
    return None


def refusal(place: Place, path: str, message: str, node: Node | None = None, meant: str | None = None) -> SpecError:
    """The error to raise.

    Args:
        place: from a dotted path of the spec to its mark, or None.
        path: the dotted path of what is wrong.
        message: what is wrong, what is allowed, how to fix it.
        node: the value itself, where there is one; its own mark and path then count.
        meant: what was probably meant.

    Example:
        >>> print(refusal(nowhere, "train.loss", "no such loss"))
        train.loss: no such loss
    """
    if node is not None:
        return SpecError([Problem(node.mark, node.path or path, message, meant)])
    # What a whole model gives is what its last item gives.
    return SpecError([Problem(place("model.last" if path == "model" else path), path, message, meant)])
