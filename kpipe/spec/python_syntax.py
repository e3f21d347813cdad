"""Remedies for calls and tuples in Python's syntax in a spec."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kpipe.nearest import nearest

_CALL = re.compile(r"[A-Za-z_][\w.]*\(")

_WORDS = {"None": "null", "True": "true", "False": "false"}

#: Most characters of a remedy; a longer one has an ellipsis for its arguments.
_LONGEST = 120


@dataclass(frozen=True)
class PythonCall:
    """A call such as `Dropout(0.2)`.

    Args:
        name: the called name without its module.
        positional: positional arguments as YAML.
        named: keyword arguments as YAML.
    """

    name: str
    positional: tuple[str, ...]
    named: dict[str, str]

    def as_item(self, arguments: Sequence[str] = ()) -> str:
        """Return the call as an item of a spec, with the arguments of its class in order, where they are known.

        Args:
            arguments: the names of the arguments in the order of the signature.

        Example:
            >>> PythonCall("Dropout", ("0.2",), {}).as_item(["rate", "seed"])
            'Dropout: {rate: 0.2}'
        """
        names = [*arguments[: len(self.positional)], *["..."] * (len(self.positional) - len(arguments))]
        meant = {name if name in arguments else nearest(name, arguments) or name: name for name in self.named}
        pairs = [*zip(names, self.positional, strict=True), *((name, self.named[key]) for name, key in meant.items())]
        text = f"{self.name}: {{{', '.join(f'{name}: {value}' for name, value in pairs)}}}" if pairs else self.name
        return text if len(text) <= _LONGEST else f"{self.name}: {{...}}"


def python_call(text: str) -> PythonCall | None:
    """Return the call that a string contains, or None.

    Example:
        >>> python_call("layers.Conv2D(8, (3, 3), activation='relu')")
        PythonCall(name='Conv2D', positional=('8', '[3, 3]'), named={'activation': 'relu'})
        >>> python_call("Dropout")
    """
    if not _CALL.match(text):
        return None
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or any(keyword.arg is None for keyword in call.keywords):
        return None
    named = {str(keyword.arg): _as_yaml(keyword.value) for keyword in call.keywords}
    return PythonCall(_name(call.func), tuple(map(_as_yaml, call.args)), named)


def tuple_hint(value: object) -> str:
    """Return the remedy for a string that is a tuple of Python; empty for other values.

    Example:
        >>> tuple_hint("(3, 3)"), tuple_hint("(3,)"), tuple_hint("same")
        ('; write [3, 3]', '; write [3]', '')
    """
    if not isinstance(value, str) or not value.startswith("("):
        return ""
    try:
        found = ast.parse(value.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    text = _as_yaml(found) if isinstance(found, ast.Tuple) else ""
    return f"; write {text}" if text and len(text) <= _LONGEST else ""


def split_by_commas(text: str) -> bool:
    """Return whether a string begins like a call or a tuple whose bracket is not closed.

    Example:
        >>> split_by_commas("(3"), split_by_commas("Adam(learning_rate=0.1"), split_by_commas("Adam(0.1)")
        (True, True, False)
    """
    return (text.startswith("(") or _CALL.match(text) is not None) and text.count("(") > text.count(")")


def closing_bracket(text: str, start: int) -> int | None:
    """Return the index after the bracket that closes the first one after `start`, or None if it is not in the string.

    Example:
        >>> closing_bracket("[(3, (1)), 5]", 1)
        9
    """
    depth = 0
    first = text.find("(", start)
    for index in range(first if first >= 0 else len(text), len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return None


def _as_yaml(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes):
        return _WORDS.get(ast.unparse(node), ast.unparse(node))
    if isinstance(node, ast.Constant):
        return str(node.value) if re.fullmatch(r"[A-Za-z_]\w*", str(node.value)) else ast.unparse(node)
    if isinstance(node, ast.Tuple | ast.List):
        return f"[{', '.join(map(_as_yaml, node.elts))}]"
    if isinstance(node, ast.Call) and not any(keyword.arg is None for keyword in node.keywords):
        named = {str(keyword.arg): _as_yaml(keyword.value) for keyword in node.keywords}
        text = PythonCall(_name(node.func), tuple(map(_as_yaml, node.args)), named).as_item()
        return f"{{{text}}}" if ": " in text else text
    return ast.unparse(node)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
