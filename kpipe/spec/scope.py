"""What names mean at a place of a spec, and the evaluation of a value there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.nearest import nearest
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
        is_known: False for a name that gets its value later, such as `classes` before the data are open; an
            expression that reads it stays an expression.
    """

    value: Any
    mark: Mark | None = None
    node: Node | None = None
    where: str = ""
    is_known: bool = True


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
    """What a name bound to an evaluated node stands for; unknown where an expression is left in it."""
    is_known = not any(part.is_expression for part in node.walk())
    return Name(_with_origin(node), node.mark, node, where, is_known)


def evaluated(node: Node, scope: Scope, failed: list[Problem] | None = None) -> Node:
    """A copy of a node in which every expression has become its value; `==x` has become `=x`.

    A value that an expression gives carries the mark of the expression, and in its chain where the names that it
    read got theirs. An expression that is nothing but a name gives the value of that name with its own mark: what is
    wrong with it is wrong where it was written or computed. One that reads a name whose value is not known yet stays.

    Args:
        node: the value.
        scope: the names that expressions may use.
        failed: where those go that cannot be evaluated, and null stands for them; by default they are raised.

    Raises:
        SpecError: with every expression below the node that cannot be evaluated.
    """
    problems: list[Problem] = []
    result = _evaluated(node, scope, problems)
    if failed is not None:
        failed += problems
    elif problems:
        raise SpecError(problems)
    return result


def expression_problem(node: Node, error: ExpressionError, known: Mapping[str, Any]) -> Problem:
    """An expression's error as a problem at its place, with the nearest known name."""
    message = f"the expression `{node.value}` fails: {error}"
    if error.unknown == "classes":
        message += "; `classes` is known under `model` alone, and where a target has classes"
    return Problem(node.mark, node.path, message, nearest(error.unknown, known) if error.unknown else None, node.chain)


def division_hint(node: Node) -> str:
    """What to write where a division has given no whole number; empty for any other value.

    Example:
        >>> division_hint(Node(62.5, Mark("a.yaml", 1, 1, 1, 5), expression="inner / 4"))
        '; write =inner // 4'
    """
    if not node.expression or "/" not in node.expression.replace("//", ""):
        return ""
    return f"; write ={node.expression.replace('//', '/').replace('/', '//')}"


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
    names = names_in(tree)
    if any(name in scope and not scope.about(name).is_known for name in names):
        return node
    value = evaluate(tree, scope)
    about = scope.about(text) if text in scope else None
    if about is not None and about.node is not None:
        return _passed(about.node, node)
    chain = tuple(
        Link(about.mark, f"{name} = {about.value!r}", about.where)
        for name in names
        for about in (scope.about(name),)
        if about.mark is not None
    )
    deeper = tuple(
        link
        for name in names
        if (of := scope.about(name).node) is not None
        for link in of.chain
        if not link.note.startswith(_USED)
    )
    return _wrapped(value, node, tuple(dict.fromkeys((*chain, *deeper, *node.chain))), text)


def _passed(value: Node, use: Node) -> Node:
    """A value that an expression passes on as it is: wrong ones are wrong where they were written or computed."""
    link = (Link(use.mark, f"{_USED} {use.path}".strip()),)
    if isinstance(value.value, dict | list):
        return _copied(value, use.path, (*value.chain, *link, *use.chain))
    chain = value.chain if value.expression is not None else (*value.chain, *link, *use.chain)
    return replace(value, chain=tuple(dict.fromkeys(chain)))


def _wrapped(value: Any, node: Node, chain: tuple[Link, ...], text: str) -> Node:
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


def _copied(node: Node, path: str, chain: tuple[Link, ...]) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _copied(entry, f"{path}.{key}", chain) for key, entry in value.items()}
    elif isinstance(value, list):
        value = [_copied(item, f"{path}.{i}", chain) for i, item in enumerate(value)]
    return Node(value, node.mark, node.keys, path, chain, node.origin, node.expression)


_USED = "used as"


def _with_origin(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _with_origin(entry) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [_with_origin(item) for item in node.value]
    if isinstance(node.value, str):
        return Text.of(node.value, node.origin or node.mark.file)
    return node.value
