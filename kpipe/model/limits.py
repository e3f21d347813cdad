"""Limits on the size of a model, so that `times: 10000000` is an error and does not start an endless build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpipe.errors import Link, Problem, SpecError
from kpipe.spec.expressions.budget import Budget, BudgetError
from kpipe.spec.node import Node

#: Layers of a model; a shared layer counts for each call.
MAX_LAYERS = 20_000
#: Items that are expanded, layers and others.
MAX_ITEMS = 200_000
#: Nesting of blocks.
MAX_DEPTH = 64
#: Nesting of blocks and keywords.
MAX_NESTING = 128
#: Rounds of one `Repeat`.
MAX_TIMES = 20_000
#: Cost of an item in the budget of the spec, besides its expressions.
_ITEM_COST = 5


class ExpansionCount:
    """Count the items and layers of an expansion, so that the check and the builder apply the same limits.

    Args:
        budget: the budget of the spec, to which items are charged as well.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.items = self.layers = self.depth = 0

    def item(self, node: Node, related: tuple[Link, ...] = (), times: int = 1) -> None:
        """Count an item or a round of a loop.

        Raises:
            SpecError: there are too many items.
        """
        self.items += times
        if self.items > MAX_ITEMS:
            raise _error(node, f"too many items; expected at most {MAX_ITEMS:,}, got more; reduce a `times`", related)
        self.pay(node, _ITEM_COST * times)

    def layer(self, node: Node, related: tuple[Link, ...] = (), times: int = 1) -> None:
        """Count a layer.

        Raises:
            SpecError: there are too many layers.
        """
        self.layers += times
        if self.layers > MAX_LAYERS:
            raise _error(node, f"too many layers; expected at most {MAX_LAYERS:,}, got more", related)

    def pay(self, node: Node, amount: int) -> None:
        """Charge work at an item to the budget.

        Raises:
            SpecError: the budget of the spec is exceeded.
        """
        try:
            self.budget.spend(amount)
        except BudgetError:
            raise self.budget.refusal(node.mark, node.path) from None

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        """Enter a block or a keyword for the duration of the context.

        Raises:
            SpecError: it is nested too deeply.
        """
        if self.is_deepest:
            message = f"blocks and keywords are nested deeper than {MAX_NESTING}; end the recursion with an `If`"
            raise _error(node, message, ())
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @property
    def is_deepest(self) -> bool:
        """Whether the maximum nesting is reached."""
        return self.depth >= MAX_NESTING


def _error(node: Node, message: str, related: tuple[Link, ...]) -> SpecError:
    return SpecError([Problem(node.mark, node.path, message, related=related)])
