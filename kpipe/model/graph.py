"""The parts of a model during its expansion: items, their outputs, and frames of names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import Link, Mark
from kpipe.spec.expressions.scope import Scope
from kpipe.spec.node import Node


@dataclass(eq=False, slots=True)
class Item:
    """A use of an item of a list.

    Args:
        node: the item as written in the spec.
        label: its layer, block or keyword.
        arguments: its evaluated arguments.
        read: whether its output has been read.
        operations: start and end of the range of its operations among those of the model.
        is_certain: whether its expansion is known: it contains no undecided choice and no problem.
    """

    node: Node
    label: str
    arguments: Node
    read: bool = False
    operations: tuple[int, int] = (0, 0)
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Output:
    """The output tensors of an item.

    Args:
        tensors: tensors, or other objects with a `shape`; None if their number is unknown.
        items: the items that are marked as read when the output is used.
        is_certain: whether the items are known; False for a name that cannot be resolved yet.
    """

    tensors: tuple[Any, ...] | None
    items: tuple[Item, ...] = ()
    is_certain: bool = True

    def read(self) -> Output:
        """Mark the items as read, and return the output."""
        for item in self.items:
            item.read = True
        return self

    def joined(self, other: Output) -> Output:
        """Return the concatenation of two outputs."""
        known = self.tensors is not None and other.tensors is not None
        tensors = (*self.tensors, *other.tensors) if known else None  # type: ignore[misc]
        return Output(tensors, (*self.items, *other.items), self.is_certain and other.is_certain)

    @property
    def value(self) -> Any:
        """A single tensor, or a list of several, as a layer expects them."""
        tensors = self.tensors or ()
        return tensors[0] if len(tensors) == 1 else list(tensors)


#: An unknown output.
UNKNOWN = Output(None, is_certain=False)

#: What an item reads: an output, or one for each call argument.
Incoming = Output | dict[str, Output]


@dataclass(slots=True)
class Frame:
    """A use of a block, or the model itself, with its names and the uses that led to it.

    Args:
        scope: the names available to expressions.
        named: outputs keyed by the names of items and inputs.
        path: prefix of the names of its layers.
        blocks: the enclosing blocks, outermost first.
        uses: the places where these blocks are used, innermost first.
        where: the place in `model` and the indices of loops, as text.
        items: all items of this frame.
        places: the place of each name of an item.
        hidden: names of items that cannot be read from this frame, with the reason.
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
        """Return the frame inside a keyword, which shares names and items, and may have more indices in scope."""
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
        """Return the frame inside a branch that is computed as a whole, from which no outer item can be read.

        Args:
            reason: the end of the message about a reference to an outer item.
        """
        hidden = {**self.hidden, **dict.fromkeys(self.named, reason)}
        return Frame(self.scope, {}, self.path, self.blocks, self.uses, self.where, places=self.places, hidden=hidden)

    def alternative(self) -> Frame:
        """Return the frame of one list of a choice, whose names are not visible in the other lists."""
        inner = self.inner()
        inner.named, inner.places = dict(self.named), dict(self.places)
        return inner

    def add_alternative(self, other: Frame) -> None:
        """Add the names of one list of an undecided choice, as uncertain names."""
        for name, output in other.named.items():
            if self.named.get(name) is not output:
                self.named[name] = Output(None, output.items, is_certain=False)
