"""The description of a keyword of the model language, for checks, schema, `kpipe list` and the expansion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

from kpipe.components.check_value import check_value
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.errors import Mark, Problem
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.operation import Steps
from kpipe.spec.node import Node


class Form(Enum):
    """The form of an argument of a keyword."""

    #: A plain value, described by the types, range and choices of the argument.
    VALUE = "value"
    #: A name, which is never an expression.
    NAME = "name"
    #: A mapping from names to lists of values, iterated in parallel.
    LISTS = "lists"
    #: A layer.
    LAYER = "layer"
    #: A list of items, expanded at the place of the keyword.
    ITEMS = "items"
    #: A mapping from names to lists of items, or a list of such lists.
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class KeywordArgument(ArgumentInfo):
    """An argument of a keyword: that of a component, with a form.

    Args:
        form: form of the argument, default a plain value.

    Example:
        >>> KeywordArgument("of", form=Form.PATHS).contains_items
        True
    """

    form: Form = Form.VALUE

    @property
    def contains_items(self) -> bool:
        """Whether it contains items, which are expanded and evaluated one by one."""
        return self.form in (Form.ITEMS, Form.PATHS)


@dataclass(frozen=True, slots=True)
class IntroducedName:
    """A name that a keyword makes available to expressions in its items.

    Args:
        name: the name.
        mark: place of the name.
        key: the argument that introduces it, such as `index` or `each.width`.
    """

    name: str
    mark: Mark
    key: str


class Keyword:
    """Base class of keywords, such as `Repeat`; each subclass has its own file and is listed in `kpipe.model.keywords`.

    The keyword in a spec is the name of the class.
    """

    #: A short description.
    summary: ClassVar[str]
    #: Its arguments, in addition to those of every item; by default none.
    arguments: ClassVar[Mapping[str, KeywordArgument]] = MappingProxyType({})
    #: Whether it reads the output of the previous item if it has no `inputs`.
    reads_previous: ClassVar[bool] = True
    #: Whether `name` is the name of its output; otherwise it is the name of an input of the dataset.
    names_output: ClassVar[bool] = True
    #: Whether only one of its lists of items is used, so the same name may appear in each.
    is_choice: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not isinstance(vars(cls).get("summary"), str):
            raise TypeError(f"the keyword {cls.__name__} has no `summary`; expected a short description as a string")

    @property
    def name(self) -> str:
        """The keyword as written in a spec."""
        return type(self).__name__

    @cached_property
    def required(self) -> list[str]:
        """The required arguments."""
        return [key for key, argument in self.arguments.items() if argument.required]

    @cached_property
    def item_arguments(self) -> list[str]:
        """The arguments that contain items."""
        return [key for key, argument in self.arguments.items() if argument.contains_items]

    def item_lists(self, entries: Mapping[str, Node]) -> Iterator[Node]:
        """Yield every list of items among the arguments.

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
        """Return the problems of types, ranges and choices of plain values, keyed by argument; skips expressions.

        Args:
            entries: the arguments.
            is_final: whether all expressions are evaluated, so a string that begins with `=` is not an expression.
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
        """Yield problems across arguments, and of forms that `Form` does not describe; by default none.

        Args:
            item: the item.
            entries: its arguments; some may be expressions.
        """
        yield from ()

    def introduced_names(self, entries: Mapping[str, Node]) -> Iterator[IntroducedName]:
        """Yield the names that are available to expressions in its items; by default none.

        Args:
            entries: the arguments.
        """
        yield from ()

    def expand(self, use: KeywordUse) -> Steps:
        """Yield the operations of a use in the order in which their layers are created, and return the output.

        Required arguments are present and values are valid; invalid ones have been reported and are unknown.

        Args:
            use: the use, with its arguments and input and the methods to expand items.
        """
        raise NotImplementedError


def described(*arguments: KeywordArgument) -> Mapping[str, KeywordArgument]:
    """Return arguments keyed by name."""
    return {argument.name: argument for argument in arguments}
