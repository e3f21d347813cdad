"""The description of a keyword of the model language: what the checks, the schema, the lists and the expansion read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import ClassVar

from kpipe.components.check_value import check_value
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.errors import Mark, Problem
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.operation import Steps
from kpipe.spec.node import Node


class Form(Enum):
    """What an argument of a keyword holds."""

    #: A plain value, described by the types, the range and the choices of the argument.
    VALUE = "value"
    #: A name, which is never an expression.
    NAME = "name"
    #: A mapping from names to lists of values, which run side by side.
    LISTS = "lists"
    #: A layer.
    LAYER = "layer"
    #: A list of items, expanded where the keyword is.
    ITEMS = "items"
    #: A mapping from names to lists of items, or a list of such lists.
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class KeywordArgument(ArgumentInfo):
    """One argument of a keyword: its name, types, range and documentation as of a component's argument, and its form.

    Args:
        form: what it holds, default a plain value.

    Example:
        >>> KeywordArgument("of", form=Form.PATHS).holds_items
        True
    """

    form: Form = Form.VALUE

    @property
    def holds_items(self) -> bool:
        """Whether there are items in it, which are expanded, and so evaluated, one after the other."""
        return self.form in (Form.ITEMS, Form.PATHS)


@dataclass(frozen=True, slots=True)
class IntroducedName:
    """A name that the expressions in the items of a keyword may use.

    Args:
        name: the name.
        mark: where it is written.
        key: the argument that introduces it, such as `index` or `each.width`.
    """

    name: str
    mark: Mark
    key: str


class Keyword:
    """One keyword, such as `Repeat`: a subclass in a file of its own, listed in `kpipe.model.keywords`.

    Its name in a spec is that of the class.
    """

    #: What it does, in a few words.
    summary: ClassVar[str]
    #: Its arguments besides those that every item accepts.
    arguments: ClassVar[Mapping[str, KeywordArgument]]
    #: Whether it reads the output of the item before, where it has no `inputs`.
    reads_previous: ClassVar[bool] = True
    #: Whether `name` is the name of its output; if not, it is that of an input of the data.
    names_output: ClassVar[bool] = True
    #: Whether only one of its lists of items is used, so that the same name may appear in each.
    is_choice: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The keyword as written in a spec."""
        return type(self).__name__

    @cached_property
    def required(self) -> list[str]:
        """The arguments that must be given."""
        return [key for key, argument in self.arguments.items() if argument.required]

    @cached_property
    def item_arguments(self) -> list[str]:
        """The arguments that hold items."""
        return [key for key, argument in self.arguments.items() if argument.holds_items]

    def item_lists(self, entries: Mapping[str, Node]) -> Iterator[Node]:
        """Every list of items among the arguments.

        Args:
            entries: the arguments.
        """
        for key in self.item_arguments:
            entry = entries.get(key)
            if entry is None:
                continue
            if self.arguments[key].form is Form.PATHS and not entry.is_expression:
                yield from (*entry.entries.values(), *entry.items)
            else:
                yield entry

    def wrong_values(self, entries: Mapping[str, Node], is_final: bool = False) -> dict[str, list[Problem]]:
        """The problems of the types, ranges and choices of plain values, by argument; expressions are skipped.

        Args:
            entries: the arguments.
            is_final: whether no expression is left in them, so that a text that begins with `=` is none.
        """
        found: dict[str, list[Problem]] = {}
        for key, entry in entries.items():
            argument = self.arguments.get(key)
            if argument is not None and argument.form is Form.VALUE and (is_final or not entry.is_expression):
                problems: list[Problem] = []
                check_value(entry, argument, entry.path, problems)
                if problems:
                    found[key] = problems
        return found

    def problems(self, item: Node, entries: Mapping[str, Node]) -> Iterator[Problem]:
        """The problems between arguments, and of forms that `Form` does not describe; by default none.

        Args:
            item: the item.
            entries: its arguments; some may be expressions.
        """
        yield from ()

    def introduced_names(self, entries: Mapping[str, Node]) -> Iterator[IntroducedName]:
        """The names that the expressions in its items may use; by default none.

        Args:
            entries: the arguments.
        """
        yield from ()

    def expand(self, use: KeywordUse) -> Steps:
        """Yields the operations of one use in the order in which their layers are created; returns the output.

        Required arguments are there, and values fit their description; a wrong one is reported before, and unknown.

        Args:
            use: the arguments, what the item reads, and what expands the items in it.
        """
        raise NotImplementedError


def described(*arguments: KeywordArgument) -> Mapping[str, KeywordArgument]:
    """Arguments by name."""
    return {argument.name: argument for argument in arguments}
