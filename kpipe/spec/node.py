"""A YAML value that knows where it stands; every later stage works on these, so every message has a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import Link, Mark

Scalar = None | bool | int | float | str

CLASS_NAME = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Z][A-Za-z0-9_]*$")
_ZEROS = re.compile(r"0[0-9]+$")
_GROUPED = re.compile(r"[0-9]+(_[0-9]+)+$")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$|true$|false$|null$")
SNAKE_NAME = re.compile(r"[a-z][a-z0-9_]*$")


@dataclass(slots=True)
class Node:
    """One value of a spec with its mark.

    Args:
        value: a scalar, a list of nodes, or a mapping from text to node.
        mark: where the value stands.
        keys: for a mapping, where each key stands.
        path: dotted path of the value in the spec, such as `model.3.Conv2D.filters`.
        chain: the uses that led here through blocks, loops and variables, nearest first, each with its text.
        origin: for a text, the file whose folder a relative path starts from; by default the mark's file.
        expression: the text that the value was computed from, without its `=`; None for a literal.
    """

    value: Scalar | list[Node] | dict[str, Node]
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)
    path: str = ""
    chain: tuple[Link, ...] = ()
    origin: str | None = None
    expression: str | None = None

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list."""
        return isinstance(self.value, list)

    @property
    def is_text(self) -> bool:
        """Whether the value is a text."""
        return isinstance(self.value, str)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written where a value is expected, as after `train:`; null is written out otherwise."""
        mark = self.mark
        return self.value is None and (mark.line, mark.column) == (mark.end_line, mark.end_column)

    @property
    def is_expression(self) -> bool:
        """Whether the value is a text such as `=depth * 2`, to be evaluated; `==` begins a plain text."""
        return isinstance(self.value, str) and self.value.startswith("=") and not self.value.startswith("==")

    @property
    def items(self) -> list[Node]:
        """The entries of a list; an empty list for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a mapping; an empty mapping for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def get(self, key: str) -> Node | None:
        """The entry `key` of a mapping, or None."""
        return self.entries.get(key)

    def plain(self) -> Any:
        """The value as plain Python, without marks."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """The node and all below it, in the order of the text."""
        yield self
        if isinstance(self.value, dict):
            for entry in self.value.values():
                yield from entry.walk()
        elif isinstance(self.value, list):
            for item in self.value:
                yield from item.walk()

    def key_mark(self, key: str) -> Mark:
        """Where the key `key` stands; the mapping's own place where it was never written."""
        return self.keys.get(key, self.mark)


def split_component(node: Node) -> tuple[str, Node | None] | None:
    """The class or block name of a component and its arguments.

    `ReLU` gives `("ReLU", None)` and `Conv2D: {filters: 3}` gives `("Conv2D", <the mapping>)`; None where the
    node is neither a text nor a mapping of one key.
    """
    if isinstance(node.value, str):
        return node.value, None
    if isinstance(node.value, dict) and len(node.value) == 1:
        name, arguments = next(iter(node.value.items()))
        return name, arguments
    return None


def kind_of(value: object) -> str:
    """What a value is, in the words of the messages, such as `a whole number`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a mapping" if isinstance(value, dict) else "a list"


def text_hint(value: object, truth: bool = False) -> str:
    """What to write for a text that was meant as a number or a truth value; empty for all others.

    Args:
        value: what was written.
        truth: whether true or false is wanted.

    Example:
        >>> text_hint("017"), text_hint("1_000"), text_hint("no", truth=True), text_hint("fast")
        ('; 017 is a text: write 17', '; 1_000 is a text: write 1000', '; no is a text: write false', '')
    """
    if not isinstance(value, str):
        return ""
    words = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    if truth and value.lower() in words:
        return f"; {value} is a text: write {words[value.lower()]}"
    if _ZEROS.match(value):
        return f"; {value} is a text: write {value.lstrip('0') or '0'}"
    if _GROUPED.match(value):
        return f"; {value} is a text: write {value.replace('_', '')}"
    return "; it is a text: leave out the quotes" if _NUMBER.match(value) else ""


def shown_value(value: object) -> str:
    """A plain value as messages show it, in the words of YAML.

    Example:
        >>> shown_value(None), shown_value(True), shown_value("a")
        ('null', 'true', "'a'")
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)
