"""YAML values with their places in the file, which every message refers to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import Link, Mark
from kpipe.spec.lookalikes import lookalike_fault
from kpipe.spec.python_syntax import tuple_hint

Scalar = None | bool | int | float | str

CLASS_NAME = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Z][A-Za-z0-9_]*$")
#: Words for no value or a special one.
_WORDS = ("auto", "default", "false", "inf", "nan", "no", "none", "null", "off", "on", "same", "true", "valid", "yes")
#: A value of another object in the syntax of OmegaConf, of shells and of Jinja.
_PLACEHOLDER = re.compile(r"\$?\{+\s*([\w.:]+)\s*\}+$")
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%$")
_LEADING_ZEROS = re.compile(r"0[0-9]+$")
_GROUPED_DIGITS = re.compile(r"[0-9]+(_[0-9]+)+$")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$")
#: The types of words that YAML reads as other values than strings.
_WORD_TYPES = {"true": "bool", "false": "bool", "null": "null"}
_NAME = re.compile(r"[A-Za-z_][\w.]*$")
#: Keys of a mapping that a remedy lists.
_MOST_KEYS = 5

SNAKE_NAME = re.compile(r"[a-z][a-z0-9_]*$")


@dataclass(slots=True)
class Node:
    """One value of a spec with its mark.

    Args:
        value: a scalar, a list of nodes, or a mapping from string to node.
        mark: the place of the value.
        keys: for a mapping, the place of each key.
        path: dotted path of the value in the spec, such as `model.3.Conv2D.filters`.
        chain: the uses of blocks, loops and variables through which the value was reached, nearest first.
        origin: for a string, the file that a relative path is resolved against; by default the file of the mark.
        expression: the expression that the value was computed from, without `=`; None for a literal.
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
        """Whether the value is a string."""
        return isinstance(self.value, str)

    @property
    def is_omitted(self) -> bool:
        """Whether the value is null because it is omitted, as after `train:`, rather than written as `null`."""
        mark = self.mark
        return self.value is None and (mark.line, mark.column) == (mark.end_line, mark.end_column)

    @property
    def is_expression(self) -> bool:
        """Whether the value is an expression such as `=depth * 2`; a string that begins with `==` is not."""
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
        """Return the entry `key` of a mapping, or None."""
        return self.entries.get(key)

    def plain(self) -> Any:
        """Return the value as plain Python objects, without marks."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it, in the order of the file."""
        yield self
        if isinstance(self.value, dict):
            for entry in self.value.values():
                yield from entry.walk()
        elif isinstance(self.value, list):
            for item in self.value:
                yield from item.walk()

    def key_mark(self, key: str) -> Mark:
        """Return the place of a key; the place of the mapping if the key is not in the file."""
        return self.keys.get(key, self.mark)


def split_component(node: Node) -> tuple[str, Node | None] | None:
    """Return the class or block name of a component and its arguments.

    The result is `("ReLU", None)` for `ReLU` and `("Conv2D", <the mapping>)` for `Conv2D: {filters: 3}`. It is None if
    the node is neither a string nor a mapping with one key.
    """
    if isinstance(node.value, str):
        return node.value, None
    if isinstance(node.value, dict) and len(node.value) == 1:
        name, arguments = next(iter(node.value.items()))
        return name, arguments
    return None


def kind_of(value: object) -> str:
    """Return the type of a value as in messages, such as `an integer`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a mapping" if isinstance(value, dict) else "a list"


def text_hint(value: object, accepted: Collection[str] = ()) -> str:
    """Return the remedy for a string that was probably intended as another value; empty for other values.

    Args:
        value: the value in the spec.
        accepted: what is expected, of `bool`, `null` and `list`; nothing else is offered as a remedy.

    Example:
        >>> text_hint("017"), text_hint("1_000"), text_hint("no", ["bool"]), text_hint("fast")
        ('; 017 is a string; write 17', '; 1_000 is a string; write 1000', '; no is a string; write false', '')
        >>> text_hint("${vars.width}"), text_hint("10%")
        ('; write =width for a variable', '; 10% is a string; write 0.1 for the fraction')
        >>> text_hint("None", ["null"]), text_hint("(3, 3)", ["list"]), text_hint("None"), text_hint("(3, 3)")
        ('; None is a string; write null', '; write [3, 3]', '', '')
    """
    if not isinstance(value, str):
        return ""
    if fault := lookalike_fault(value):
        return f"; {fault}"
    if match := _PLACEHOLDER.match(value):
        name = match[1].removeprefix("vars.")
        is_name = SNAKE_NAME.match(name)
        return f"; write ={name} for a variable" if is_name else "; a spec does not replace environment variables"
    # `==3` is the string `=3` once it is evaluated.
    if value.startswith("="):
        return f"; `==` begins a string; write `={value.lstrip('=')[:60]}` for an expression"
    booleans = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    if "bool" in accepted and value.lower() in booleans:
        return f"; {value} is a string; write {booleans[value.lower()]}"
    if _LEADING_ZEROS.match(value):
        return f"; {value} is a string; write {value.lstrip('0') or '0'}"
    if _GROUPED_DIGITS.match(value):
        return f"; {value} is a string; write {value.replace('_', '')}"
    if match := _PERCENTAGE.match(value):
        return f"; {value} is a string; write {float(match[1]) / 100:g} for the fraction"
    if value in ("None", "nil", "Null"):
        return f"; {value} is a string; write null" if "null" in accepted else ""
    if _NUMBER.match(value) or _WORD_TYPES.get(value) in accepted:
        return "; it is a string; remove the quotes"
    return tuple_hint(value) if "list" in accepted else ""


def is_variable_name(value: object) -> bool:
    """Return whether a string could be a variable that was written without `=`.

    Example:
        >>> is_variable_name("width"), is_variable_name("none"), is_variable_name("Width")
        (True, False, False)
    """
    return isinstance(value, str) and SNAKE_NAME.match(value) is not None and value not in _WORDS


def key_hint(node: Node) -> str:
    """Return the remedy for a name in an expression whose value is a mapping; empty for other values.

    Example:
        >>> mark = Mark("a.yaml", 1, 1, 1, 9)
        >>> key_hint(Node({"kind": Node(3, mark)}, mark, expression="classes"))
        '; write =classes.kind'
    """
    if not node.is_mapping or not node.entries or not _NAME.match(node.expression or ""):
        return ""
    return f"; write {' or '.join(f'={node.expression}.{key}' for key in list(node.entries)[:_MOST_KEYS])}"


def quotes_hint(value: object) -> str:
    """Return the remedy for a number, a boolean or null where a string is expected.

    Example:
        >>> quotes_hint(5), quotes_hint(True), quotes_hint([1])
        ('; write "5" for a string', '; write "true" for a string', '')
    """
    return "" if isinstance(value, str | list | dict) else f'; write "{shown_value(value)}" for a string'


def shown_value(value: object) -> str:
    """Return a plain value as in messages, in YAML syntax.

    Example:
        >>> shown_value(None), shown_value(True), shown_value("a")
        ('null', 'true', "'a'")
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)
