"""What flows through a model while it is built: items, their outputs, and the frame that names belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from kpipe.errors import Link, Mark, SpecError
from kpipe.spec.node import Node
from kpipe.spec.scope import Scope


@dataclass(eq=False)
class Item:
    """One item of a list while the model is built.

    Args:
        node: the item as it stands in the spec.
        label: how messages call it.
        read: whether something has read its output.
        layers: the layers it made, in their order, for `share`.
        arguments: its evaluated arguments, for `share`.
    """

    node: Node
    label: str
    read: bool = False
    layers: list[Any] = field(default_factory=list)
    arguments: Node | None = None


@dataclass(frozen=True)
class Output:
    """The tensors that an item gives, and the items that count as read once they are used."""

    tensors: tuple[Any, ...]
    items: tuple[Item, ...] = ()

    def read(self) -> Output:
        """The same output, after marking its items as read."""
        for item in self.items:
            item.read = True
        return self

    def joined(self, other: Output) -> Output:
        """Both outputs one after the other."""
        return Output((*self.tensors, *other.tensors), (*self.items, *other.items))

    @property
    def value(self) -> Any:
        """One tensor, or the list of several, as a layer takes them."""
        return self.tensors[0] if len(self.tensors) == 1 else list(self.tensors)


@dataclass
class Frame:
    """One use of a block, or the model itself: its names, and how one got there.

    Args:
        scope: the names that expressions may use.
        named: outputs by the names of items and data.
        path: what the names of its layers begin with.
        blocks: the blocks that were entered, outermost first.
        uses: where each of them was used, nearest first, with words.
        where: the place in `model` and the loop's indices, in words.
        items: every item made in this frame.
        places: where each name was given to an item.
        hidden: names of items that cannot be read from here, with the reason.
    """

    scope: Scope
    named: dict[str, Output]
    path: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    uses: tuple[Link, ...] = ()
    where: str = ""
    items: list[Item] = field(default_factory=list)
    places: dict[str, Mark] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)

    def inner(self, scope: Scope | None = None, segment: str | None = None, where: str | None = None) -> Frame:
        """The same frame inside a structure: it shares names and items, and may know more indices."""
        path = (*self.path, segment) if segment else self.path
        place = self.where if where is None else where
        shared = (self.items, self.places, self.hidden)
        return Frame(scope or self.scope, self.named, path, self.blocks, self.uses, place, *shared)

    def enclosed(self, reason: str) -> Frame:
        """The inside of what is computed as a whole or not at all: no item outside of it can be read.

        Args:
            reason: why, for the message to somebody who tries.
        """
        hidden = {**self.hidden, **dict.fromkeys(self.named, reason)}
        return Frame(self.scope, {}, self.path, self.blocks, self.uses, self.where, places=self.places, hidden=hidden)


def explained(error: SpecError, node: Node, frame: Frame) -> SpecError:
    """The error with what led to each problem: the names that an expression read, and the uses of the block."""
    parts = {part.mark: part for part in _nodes(node)}
    problems = []
    for problem in error.problems:
        part = parts.get(problem.mark) if problem.mark else None
        related = dict.fromkeys((*problem.related, *(part.chain if part else ()), *frame.uses[:1]))
        problems.append(replace(problem, related=tuple(related)))
    return SpecError(problems)


def _nodes(node: Node) -> Iterator[Node]:
    for part in node.walk():
        if part.chain or part.expression:
            yield part
