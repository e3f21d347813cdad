"""One use of a keyword while a model is expanded: what the expansion of a keyword works with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpipe.errors import Problem
from kpipe.model.graph import Frame, Output
from kpipe.model.operation import Steps
from kpipe.spec.node import Node
from kpipe.spec.scope import Name


@dataclass(frozen=True)
class KeywordUse(ABC):
    """One use.

    Values may be unknown: an argument is an expression as long as it depends on the data, and `tensors` of an output
    is None as long as nothing is built. What cannot be decided then is reported as `unknown`.

    Args:
        node: the item.
        entries: its arguments, evaluated but for those that hold items.
        reads: the output that the item reads.
        frame: where it is used.
    """

    node: Node
    entries: Mapping[str, Node]
    reads: Output
    frame: Frame

    @abstractmethod
    def items(self, node: Node | None, reads: Output | None = None, frame: Frame | None = None) -> Steps:
        """Expands a list of items; returns the output of the last one, or what the first one reads.

        Args:
            node: the list; None for an empty one.
            reads: what the first item reads, by default what the keyword reads.
            frame: where they are used, by default where the keyword is.
        """

    @abstractmethod
    def alternatives(self, *lists: Node | None) -> Steps:
        """Expands lists of which one is used, while it is not known which."""

    @abstractmethod
    def layer(
        self,
        label: str,
        reads: Output,
        *,
        component: Node | None = None,
        make: Callable[[str], Any] | None = None,
        is_counted: bool = True,
    ) -> Steps:
        """Adds a layer and returns its output.

        Args:
            label: the last part of its name.
            reads: what it is called on.
            component: the layer in a spec's form.
            make: creates the layer, given its name; instead of `component`.
            is_counted: whether it counts against the limit of layers, default True.
        """

    @abstractmethod
    def branch_input(self, reads: Output) -> Steps:
        """A new symbolic input of the shape of what enters a branch."""

    @abstractmethod
    def report(self, problems: Iterable[Problem]) -> None:
        """Reports problems; while a model is built, the first one ends it."""

    @abstractmethod
    def refuse_unused(self, frame: Frame) -> None:
        """Reports the items of a frame whose output is not used."""

    @abstractmethod
    def count_round(self) -> None:
        """Counts a round of a loop against the limits."""

    @abstractmethod
    def bound(self, value: Node) -> Name:
        """What a name stands for that is bound to a value."""

    @abstractmethod
    def is_unknown(self, node: Node) -> bool:
        """Whether a value is not known yet, which is noted: what the item expands to is not certain then."""

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, Output] | None:
        """The inputs of the data by name; None while they are not known."""
