"""What a model consists of while it is expanded: items, their outputs, and the frame that names belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import Link, Mark
from kpipe.spec.node import Node
from kpipe.spec.scope import Scope


@dataclass(eq=False, slots=True)
class Item:
    """One use of an item of a list.

    Args:
        node: the item as written in the spec.
        label: its layer, block or keyword.
        arguments: its evaluated arguments.
        read: whether something has read its output.
        operations: the positions of the first operation and of the one after the last, among all of the model.
        is_certain: whether it is known what it expands to: no choice in it is open, nothing in it is wrong.
    """

    node: Node
    label: str
    arguments: Node
    read: bool = False
    operations: tuple[int, int] = (0, 0)
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Output:
    """The tensors that an item outputs.

    Args:
        tensors: tensors, or whatever has a `shape`; None where it is not known how many there are.
        items: those that count as read once the output is used.
        is_certain: whether the items are those; False for a name that cannot be resolved yet.
    """

    tensors: tuple[Any, ...] | None
    items: tuple[Item, ...] = ()
    is_certain: bool = True

    def read(self) -> Output:
        """The same output, after marking its items as read."""
        for item in self.items:
            item.read = True
        return self

    def joined(self, other: Output) -> Output:
        """Both outputs one after the other."""
        known = self.tensors is not None and other.tensors is not None
        tensors = (*self.tensors, *other.tensors) if known else None  # type: ignore[misc]
        return Output(tensors, (*self.items, *other.items), self.is_certain and other.is_certain)

    @property
    def value(self) -> Any:
        """One tensor, or the list of several, as a layer expects them."""
        tensors = self.tensors or ()
        return tensors[0] if len(tensors) == 1 else list(tensors)


#: An output of which nothing is known.
UNKNOWN = Output(None, is_certain=False)

#: What an item reads: an output, or one for each call argument.
Incoming = Output | dict[str, Output]


@dataclass(slots=True)
class Frame:
    """One use of a block, or the model itself: its names, and the uses that led to it.

    Args:
        scope: the names that expressions may use.
        named: outputs by the names of items and data.
        path: what the names of its layers begin with.
        blocks: the blocks that were entered, outermost first.
        uses: where each of them was used, nearest first.
        where: the place in `model` and the loop's indices, in words.
        items: every item of this frame.
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

    def inner(self, scope: Scope | None = None, path: tuple[str, ...] | None = None, where: str | None = None) -> Frame:
        """The same frame inside a keyword: it shares names and items, and may know more indices."""
        return Frame(
            scope or self.scope,
            self.named,
            self.path if path is None else path,
            self.blocks,
            self.uses,
            self.where if where is None else where,
            self.items,
            self.places,
            self.hidden,
        )

    def enclosed(self, reason: str) -> Frame:
        """The inside of what is computed as a whole or not at all: no item outside of it can be read.

        Args:
            reason: the end of the message about a reference to such an item.
        """
        hidden = {**self.hidden, **dict.fromkeys(self.named, reason)}
        return Frame(self.scope, {}, self.path, self.blocks, self.uses, self.where, places=self.places, hidden=hidden)

    def alternative(self) -> Frame:
        """One of several lists of which only one is used: its names are no names of the others."""
        inner = self.inner()
        inner.named, inner.places = dict(self.named), dict(self.places)
        return inner

    def add_alternative(self, other: Frame) -> None:
        """Adds the names of a list that may not be the one that is used."""
        for name, output in other.named.items():
            if self.named.get(name) is not output:
                self.named[name] = Output(None, output.items, is_certain=False)
