"""A component of a spec becomes an object."""

from __future__ import annotations

from typing import Any

from kpipe.components.checker import check_evaluated
from kpipe.components.construct import construct
from kpipe.errors import SpecError
from kpipe.spec.node import Node


def build(node: Node, kind: str, **extra: Any) -> Any:
    """Checks a component and constructs it, with all components in it.

    Args:
        node: the component; no expressions are left in it, so a text that begins with `=` is a plain text.
        kind: a name of `KINDS`; a network of `keras.applications` may stand where a layer does.
        extra: arguments that are passed where the component does not give them itself.

    Returns:
        The object; for a list where a layer is expected, a `keras.Sequential` of its layers.

    Raises:
        SpecError: something is wrong with it, or a constructor refuses its arguments; all at their places.

    Example:
        >>> from kpipe.errors import Mark
        >>> build(Node("ReLU", Mark("a.yaml", 1, 1, 1, 5)), "layer", name="relu").name
        'relu'
    """
    problems = check_evaluated(node, kind, extra)
    if problems:
        raise SpecError(problems)
    return construct(node, kind, **extra)
