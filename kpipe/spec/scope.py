"""What names mean at a place of a spec, and the evaluation of a value there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.expression import ExpressionError, Text, evaluate, names_in, parse
from kpipe.spec.node import Node


@dataclass(frozen=True, slots=True)
class Name:
    """What one name stands for.

    Args:
        value: its plain value.
        mark: where the value was given, if in a file.
        node: the value with its marks, where it has parts of its own.
        where: how one got here, such as `model.3, stage = 1`.
    """

    value: Any
    mark: Mark | None = None
    node: Node | None = None
    where: str = ""


class Scope(Mapping[str, Any]):
    """A mapping from the known names to their plain values; `about` has the rest.

    Example:
        >>> scope = Scope({"depth": Name(3)})
        >>> scope.extended({"index": Name(0)})["depth"]
        3
    """

    def __init__(self, names: Mapping[str, Name] | None = None) -> None:
        self._names = dict(names or {})

    def __getitem__(self, name: str) -> Any:
        return self._names[name].value

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def about(self, name: str) -> Name:
        """All that is known of a name."""
        return self._names[name]

    def extended(self, names: Mapping[str, Name]) -> Scope:
        """A scope with more names; a name that stood there is hidden."""
        return Scope({**self._names, **names})


def name_of(node: Node, where: str = "") -> Name:
    """What a name bound to an evaluated node stands for."""
    return Name(_with_origin(node), node.mark, node, where)


def evaluated(node: Node, scope: Scope) -> Node:
    """A copy of a node in which every expression has become its value; `==x` has become `=x`.

    A value that an expression gives carries the mark of the expression, and in its chain where the names that it
    read got theirs. An expression that is nothing but the name of a list or a mapping gives that, with its own marks.

    Raises:
        SpecError: with every expression below the node that cannot be evaluated.
    """
    problems: list[Problem] = []
    result = _evaluated(node, scope, problems)
    if problems:
        raise SpecError(problems)
    return result


def expression_problem(node: Node, error: ExpressionError, known: Mapping[str, Any]) -> Problem:
    """An expression's error as a problem at its place, with the nearest known name."""
    close = get_close_matches(error.unknown or "", list(known), n=1)
    message = f"the expression `{node.value}` fails: {error}"
    if error.unknown == "classes":
        message += "; `classes` is known under `model` alone, and where a target has classes"
    return Problem(node.mark, node.path, message, close[0] if close else None, node.chain)


def _evaluated(node: Node, scope: Scope, problems: list[Problem]) -> Node:
    value = node.value
    if isinstance(value, dict):
        entries = {key: _evaluated(entry, scope, problems) for key, entry in value.items()}
        return Node(entries, node.mark, node.keys, node.path, node.chain)
    if isinstance(value, list):
        items = [_evaluated(item, scope, problems) for item in value]
        return Node(items, node.mark, path=node.path, chain=node.chain)
    if not isinstance(value, str) or not value.startswith("="):
        return node
    if value.startswith("=="):
        return Node(value[1:], node.mark, path=node.path, chain=node.chain, origin=node.origin)
    try:
        return _computed(node, scope)
    except ExpressionError as error:
        problems.append(expression_problem(node, error, scope))
        return Node(None, node.mark, path=node.path)


def _computed(node: Node, scope: Scope) -> Node:
    text = str(node.value)[1:].strip()
    tree = parse(text)
    value = evaluate(tree, scope)
    names = names_in(tree)
    if text in scope:
        about = scope.about(text)
        if about.node is not None and isinstance(about.node.value, dict | list):
            use = (node.mark, f"used by `={text}`")
            return _copied(about.node, node.path, (*about.node.chain, use, *node.chain))
    chain = tuple(
        (about.mark, f"{name} = {about.value!r}" + (f" ({about.where})" if about.where else ""))
        for name in names
        for about in (scope.about(name),)
        if about.mark is not None
    )
    deeper = tuple(link for name in names if (of := scope.about(name).node) is not None for link in of.chain)
    return _wrapped(value, node, tuple(dict.fromkeys((*chain, *deeper, *node.chain))), text)


def _wrapped(value: Any, node: Node, chain: tuple[tuple[Mark, str], ...], text: str) -> Node:
    made = Node(None, node.mark, path=node.path, chain=chain, expression=text)
    if isinstance(value, dict):
        made.value = {str(key): _wrapped(entry, node, chain, text) for key, entry in value.items()}
    elif isinstance(value, list | tuple):
        made.value = [_wrapped(item, node, chain, text) for item in value]
    elif isinstance(value, Text):
        made.value, made.origin = str(value), value.origin
    else:
        made.value = value
    return made


def _copied(node: Node, path: str, chain: tuple[tuple[Mark, str], ...]) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _copied(entry, f"{path}.{key}", chain) for key, entry in value.items()}
    elif isinstance(value, list):
        value = [_copied(item, f"{path}.{i}", chain) for i, item in enumerate(value)]
    return Node(value, node.mark, node.keys, path, chain, node.origin, node.expression)


def _with_origin(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _with_origin(entry) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [_with_origin(item) for item in node.value]
    if isinstance(node.value, str):
        return Text.of(node.value, node.origin or node.mark.file)
    return node.value
