"""The check of `inputs` that assign tensors to names which a layer reads."""

from __future__ import annotations

from collections.abc import Collection

from kpipe.errors import Problem
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at


def named_inputs_problem(layer: str, named: Collection[str], given: Collection[str], node: Node) -> Problem | None:
    """Return the problem of `inputs` with other names than those that a layer reads; None if they are the same.

    Args:
        layer: the name of the layer, for the message.
        named: the names that the layer reads.
        given: the names in `inputs`.
        node: the item of the layer.

    Example:
        >>> from kpipe.errors import Mark
        >>> named_inputs_problem("Formula", ("a", "b"), ("a",), Node(None, Mark("a.yaml", 1, 1, 1, 1))).message
        "Formula: `inputs` assigns no tensor to 'b'; expected a, b, got a"
    """
    expected = f"expected {', '.join(named)}, got {', '.join(given)}"
    missing = [repr(name) for name in named if name not in given]
    unknown = [repr(name) for name in given if name not in named]
    unused = f"; {layer} does not read {', '.join(unknown)}" if unknown else ""
    if missing:
        return problem_at(node, f"{layer}: `inputs` assigns no tensor to {', '.join(missing)}; {expected}{unused}")
    if unknown:
        return problem_at(node, f"{layer} does not read {', '.join(unknown)} of `inputs`; {expected}")
    return None
