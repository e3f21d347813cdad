"""How large a model may become, so that a slip such as `times: 10000000` is an error and not an endless build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpipe.errors import Link, Problem, SpecError
from kpipe.spec.budget import Budget, BudgetError
from kpipe.spec.node import Node

#: Layers of a whole model; a shared one counts as often as it is called.
MAX_LAYERS = 20_000
#: Items that are walked, layers or not.
MAX_ITEMS = 200_000
#: Blocks inside blocks.
MAX_DEPTH = 64
#: Blocks and keywords such as `Repeat` inside one another.
MAX_NESTING = 128
#: Rounds of one `Repeat`.
MAX_TIMES = 20_000
#: What an item costs of the spec's budget besides its expressions.
_ITEM_COST = 5


class ExpansionCount:
    """Counts what a walk through a model meets; whoever walks counts in the same way and finds the same too large.

    Args:
        budget: the spec's, which pays for the items as well.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.items = self.layers = self.depth = 0

    def item(self, node: Node, related: tuple[Link, ...] = (), times: int = 1) -> None:
        """Counts an item or a round of a loop.

        Raises:
            SpecError: there are too many.
        """
        self.items += times
        if self.items > MAX_ITEMS:
            raise _refusal(node, f"more than {MAX_ITEMS:,} items; is a `times` too large?", related)
        self.pay(node, _ITEM_COST * times)

    def layer(self, node: Node, related: tuple[Link, ...] = (), times: int = 1) -> None:
        """Counts a layer.

        Raises:
            SpecError: there are too many.
        """
        self.layers += times
        if self.layers > MAX_LAYERS:
            raise _refusal(node, f"more than {MAX_LAYERS:,} layers", related)

    def pay(self, node: Node, amount: int) -> None:
        """Pays for work at an item.

        Raises:
            SpecError: the spec's budget does not suffice.
        """
        try:
            self.budget.spend(amount)
        except BudgetError:
            raise self.budget.refusal(node.mark, node.path) from None

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        """Enters a block or a keyword for as long as the context lasts.

        Raises:
            SpecError: it is inside too many others.
        """
        if self.is_deepest:
            message = f"blocks and keywords are nested deeper than {MAX_NESTING}; does an `If` end it?"
            raise _refusal(node, message, ())
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @property
    def is_deepest(self) -> bool:
        """Whether nothing more can be entered."""
        return self.depth >= MAX_NESTING


def _refusal(node: Node, message: str, related: tuple[Link, ...]) -> SpecError:
    return SpecError([Problem(node.mark, node.path, message, related=related)])
