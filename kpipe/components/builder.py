"""Building of the object of a component."""

from __future__ import annotations

from typing import Any

from kpipe.components.checker import check_evaluated
from kpipe.components.construct import construct
from kpipe.errors import SpecError
from kpipe.spec.node import Node


def build(node: Node, kind: str, **extra: Any) -> Any:
    """Check a component and construct its object, including the components in its arguments.

    Args:
        node: the component with evaluated expressions; a string that begins with `=` is a plain string.
        kind: a name of `KINDS`; for `layer` also a network of `keras.applications`.
        extra: additional arguments; arguments of the component take precedence.

    Returns:
        The object; for a list where a layer is expected, a `keras.Sequential` of its layers.

    Raises:
        SpecError: the component is invalid, or a constructor refuses its arguments; the error contains all problems.

    Example:
        >>> from kpipe.errors import Mark
        >>> build(Node("ReLU", Mark("a.yaml", 1, 1, 1, 5)), "layer", name="relu").name
        'relu'
    """
    problems = check_evaluated(node, kind, extra)
    if problems:
        raise SpecError(problems)
    return construct(node, kind, **extra)
