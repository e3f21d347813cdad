"""Nodes of a model without expressions, which every use of them shares."""

from __future__ import annotations

from kpipe.model.limits import ExpansionCount
from kpipe.spec.node import Node


class ConstantNodes:
    """The nodes below which no string begins with `=`; the answer is kept for definitions.

    Args:
        count: the budget, which pays for each node that is inspected.

    Example:
        >>> from kpipe.spec.expressions.budget import Budget
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> constants = ConstantNodes(ExpansionCount(Budget()))
        >>> [constants.contains(read_text(text, "a.yaml")) for text in ("{units: 3}", "{units: =width}")]
        [True, False]
    """

    def __init__(self, count: ExpansionCount) -> None:
        self.count = count
        #: Whether a node is constant, keyed by its `id`; the reference to the node keeps the `id` valid.
        self._known: dict[int, tuple[Node, bool]] = {}

    def contains(self, node: Node) -> bool:
        """Return whether no string below a node begins with `=`."""
        value = node.value
        if isinstance(value, str):
            return not value.startswith("=")
        if not isinstance(value, dict | list):
            return True
        key, is_definition = id(node), not node.chain and node.expression is None
        if key in self._known:
            return self._known[key][1]
        entries = value.values() if isinstance(value, dict) else value
        self.count.pay(node, len(value))
        # Not `all`, so that the result is kept for each entry.
        is_constant = not [entry for entry in entries if not self.contains(entry)]
        if is_definition:
            self._known[key] = (node, is_constant)
        return is_constant
