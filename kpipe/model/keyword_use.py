"""The interface of the expansion of a model for the keywords."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpipe.errors import Problem
from kpipe.model.graph import Frame, Output
from kpipe.model.operation import Steps
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node


@dataclass(frozen=True)
class KeywordUse(ABC):
    """A use of a keyword during the expansion of a model.

    Values can be unknown: an argument remains an expression if it depends on unknown data, and `tensors` of an output
    is None if nothing is built. `is_unknown` tests this and marks the expansion as uncertain.

    Args:
        node: the item.
        entries: its arguments, evaluated except for those that contain items.
        reads: the output that the item reads.
        frame: the frame of the item.
    """

    node: Node
    entries: Mapping[str, Node]
    reads: Output
    frame: Frame

    @abstractmethod
    def items(self, node: Node | None, reads: Output | None = None, frame: Frame | None = None) -> Steps:
        """Expand a list of items; return the output of the last item, or `reads` for an empty list.

        Args:
            node: the list; None for an empty list.
            reads: the output that the first item reads; default None: the output that the keyword reads.
            frame: the frame of the items; default None: the frame of the keyword.
        """

    @abstractmethod
    def alternatives(self, *lists: Node | None) -> Steps:
        """Expand all lists of an undecided choice."""

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
        """Add a layer, and return its output.

        Args:
            label: last part of the name of the layer.
            reads: the output on which the layer is called.
            component: the layer as a component of a spec.
            make: function that creates the layer from its name, instead of `component`.
            is_counted: whether the layer counts towards the limit of layers, default True.
        """

    @abstractmethod
    def branch_input(self, reads: Output) -> Steps:
        """Create a symbolic input with the shape of the input of a branch."""

    @abstractmethod
    def report(self, problems: Iterable[Problem]) -> None:
        """Report problems; during a build, the first one is raised."""

    @abstractmethod
    def check_unused(self, frame: Frame) -> None:
        """Report the items of a frame whose output is never used."""

    @abstractmethod
    def count_round(self) -> None:
        """Count a round of a loop towards the limits."""

    @abstractmethod
    def bound(self, value: Node) -> Name:
        """Return the name entry of a value, for a scope."""

    @abstractmethod
    def is_unknown(self, node: Node) -> bool:
        """Return whether a value is unknown; if so, the expansion of the item becomes uncertain."""

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, Output] | None:
        """The inputs of the dataset, keyed by name; None if they are unknown."""
