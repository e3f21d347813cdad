"""Scopes: the names that expressions can use at a place of a spec, and the evaluation of expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.nearest import nearest
from kpipe.spec.environment_call import environment_call
from kpipe.spec.expressions.budget import MAX_DEPTH, Budget, BudgetError
from kpipe.spec.expressions.expression import ExpressionError, Text, evaluate, parse
from kpipe.spec.expressions.short_value import LONGEST, short_value
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

_ENVIRONMENT = ("env", "environ", "getenv", "os")
#: Most links from a value to the places that it was computed from.
LONGEST_CHAIN = 10
#: Cost of a node in addition to its element, for its place, path and chain.
_NODE_COST = 4
#: Characters of the path of a node that cost as much as an element.
_PATH_UNIT = 20


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a name.

    Args:
        value: its plain value.
        mark: the place of the value, if it has one.
        node: the value as a marked node.
        where: the use in which the name has this value, such as `model.3, stage = 1`.
        is_known: False for a name whose value is determined later, such as `classes` before the dataset is opened;
            expressions that use it are not evaluated.
        missing: why the name has no value, or a mapping no value for some keys, for the message about an expression
            that uses it; empty (default) if it has one.
    """

    value: Any
    mark: Mark | None = None
    node: Node | None = None
    where: str = ""
    is_known: bool = True
    missing: str = ""


class Scope(Mapping[str, Any]):
    """A mapping from names to plain values; `about` returns a name with its place.

    Args:
        names: the names.
        budget: pays for evaluations in this scope and in scopes that extend it; by default a new budget.

    Example:
        >>> scope = Scope({"depth": Name(3)})
        >>> scope.extended({"index": Name(0)})["depth"]
        3
    """

    def __init__(self, names: Mapping[str, Name] | None = None, budget: Budget | None = None) -> None:
        self._names = dict(names or {})
        self._outer: Scope | None = None
        self.budget = budget or Budget()

    def __getitem__(self, name: str) -> Any:
        return self.about(name).value

    def __contains__(self, name: object) -> bool:
        return name in self._names or (self._outer is not None and name in self._outer)

    def __iter__(self) -> Iterator[str]:
        if self._outer is not None:
            yield from self._outer
        yield from (name for name in self._names if self._outer is None or name not in self._outer)

    def __len__(self) -> int:
        outer = self._outer
        return len(self._names) if outer is None else len(outer) + sum(name not in outer for name in self._names)

    def about(self, name: str) -> Name:
        """Return a name with its value and place."""
        if self._outer is None or name in self._names:
            return self._names[name]
        return self._outer.about(name)

    def define(self, name: str, about: Name) -> None:
        """Add or replace a name, in place."""
        self._names[name] = about

    def remove(self, name: str) -> None:
        """Remove a name of this scope, in place."""
        del self._names[name]

    def extended(self, names: Mapping[str, Name]) -> Scope:
        """Return a scope with additional names, which shadow existing ones."""
        # The outermost scope can have thousands of names, so that it is shared rather than copied.
        inner = Scope({**self._names, **names} if self._outer is not None else names, self.budget)
        inner._outer = self._outer or self
        return inner

    def paid_from(self, budget: Budget) -> Scope:
        """Return a scope with the same names and another budget."""
        other = Scope({}, budget)
        other._names, other._outer = self._names, self._outer
        return other


def name_of(node: Node, where: str = "", budget: Budget | None = None) -> Name:
    """Return a name with the value of an evaluated node, which is unknown if the node still contains an expression.

    Args:
        node: the value.
        where: the use in which the name has this value, such as `model.3, stage = 1`.
        budget: pays for the copy of the value; by default a new budget.

    Raises:
        SpecError: the value is nested too deeply, or the budget is exceeded.
    """
    reader = _PlainReader(budget or Budget())
    try:
        value = reader.plain(node, 0)
    except BudgetError:
        raise reader.budget.refusal(node.mark, node.path) from None
    return Name(value, node.mark, node, where, reader.is_known)


def evaluated(node: Node, scope: Scope, failed: list[Problem] | None = None) -> Node:
    """Return a node with expressions replaced by their values, and `==x` by `=x`; parts without expressions are shared.

    The value of an expression has the mark of the expression, and a chain with the places of the names that it uses.
    The value of an expression that is only a name keeps its own mark, since that is the place to correct it. An
    expression that uses a name without a known value is not evaluated.

    Args:
        node: the value.
        scope: the names that expressions can use.
        failed: receives the problems of expressions that cannot be evaluated, which become null; by default they are
            raised.

    Raises:
        SpecError: expressions below the node cannot be evaluated, or the budget is exceeded; the error contains all
            such expressions, or the first place at which the budget was exceeded.
    """
    problems: list[Problem] = []
    result = _evaluated(node, scope, problems)
    if failed is not None:
        failed += problems
    elif problems:
        raise SpecError(problems)
    return result


def expression_problem(node: Node, error: ExpressionError, known: Mapping[str, Any]) -> Problem:
    """Return the error of an expression as a problem at its place, with a suggestion."""
    text = str(node.value)
    message = f"cannot evaluate `{text if len(text) <= LONGEST else f'{text[:LONGEST]}...'}`: {error}"
    if error.unknown == "classes":
        message += "; `classes` is available only under `model`, if a target has classes"
    if error.unknown in _ENVIRONMENT:
        call = environment_call("vars.NAME", "VARIABLE")
        return problem_at(node, f"{message}; expressions cannot read environment variables; set a variable by {call}")
    return problem_at(node, message, nearest(error.unknown, known) if error.unknown else None)


def integer_hint(node: Node) -> str:
    """Return the remedy for a number that is not written as an integer; empty for any other value.

    Example:
        >>> mark = Mark("a.yaml", 1, 1, 1, 5)
        >>> integer_hint(Node(62.5, mark, expression="inner / 4")), integer_hint(Node(10.0, mark))
        ('; write =inner // 4', '; write 10')
    """
    # Derived types are numbers that are not written in the spec.
    is_integer = type(node.value) is float and node.value.is_integer() and abs(node.value) < 2**53
    if is_integer and not node.expression:
        return f"; write {node.value:.0f}"
    if not node.expression or "/" not in node.expression.replace("//", ""):
        return ""
    return f"; write ={node.expression.replace('//', '/').replace('/', '//')}"


def _evaluated(node: Node, scope: Scope, problems: list[Problem]) -> Node:
    value = node.value
    if isinstance(value, dict):
        entries = {key: _evaluated(entry, scope, problems) for key, entry in value.items()}
        if all(entries[key] is entry for key, entry in value.items()):
            return node
        return Node(entries, node.mark, node.keys, node.path, node.chain)
    if isinstance(value, list):
        items = [_evaluated(item, scope, problems) for item in value]
        if all(made is item for made, item in zip(items, value, strict=True)):
            return node
        return Node(items, node.mark, path=node.path, chain=node.chain)
    if not isinstance(value, str) or not value.startswith("="):
        return node
    if value.startswith("=="):
        return Node(value[1:], node.mark, path=node.path, chain=node.chain, origin=node.origin)
    try:
        return _computed(node, scope)
    except BudgetError:
        raise scope.budget.refusal(node.mark, node.path) from None
    except ExpressionError as error:
        problems.append(expression_problem(node, error, scope))
        return Node(None, node.mark, path=node.path)


def _computed(node: Node, scope: Scope) -> Node:
    text = str(node.value)[1:].strip()
    expression = parse(text)
    about = {name: scope.about(name) for name in expression.names if name in scope}
    if not all(entry.is_known for entry in about.values()):
        return node
    missing = "; ".join(entry.missing for entry in about.values() if entry.missing)
    for name, entry in about.items():
        if entry.missing and entry.value is None:
            raise ExpressionError(f"{name!r} is unknown: {missing}")
    try:
        value = evaluate(expression, scope, scope.budget)
    except ExpressionError as error:
        raise ExpressionError(f"{error}; {missing}", error.unknown) if missing else error from None
    forwarded = about[text].node if text in about else None
    if forwarded is not None:
        return _forwarded(forwarded, node, scope.budget)
    chain = [
        Link(entry.mark, f"{name} = {short_value(entry.value, 60)}", entry.where)
        for name, entry in about.items()
        if entry.mark is not None
    ]
    deeper = [
        link
        for entry in about.values()
        if entry.node is not None
        for link in entry.node.chain
        if not link.note.startswith(_USED)
    ]
    return _NodeBuilder(node, _links(chain, deeper, node.chain), text, scope.budget).of(value)


def _links(*chains: Iterable[Link]) -> tuple[Link, ...]:
    """Return the nearest links of several chains, without duplicates."""
    links = [link for chain in chains for link in chain]
    return tuple(islice(dict.fromkeys(links), LONGEST_CHAIN)) if len(links) > 1 else tuple(links)


def _forwarded(value: Node, use: Node, budget: Budget) -> Node:
    """Return the value of an expression that is only a name; the value keeps its place."""
    link = (Link(use.mark, f"{_USED} {use.path}".strip()),)
    if isinstance(value.value, dict | list):
        return _copied(value, use.path, _links(value.chain, link, use.chain), budget)
    chain = value.chain if value.expression is not None else (*value.chain, *link, *use.chain)
    return replace(value, chain=_links(chain))


@dataclass(frozen=True, slots=True)
class _NodeBuilder:
    """Converts the value of an expression to nodes with the place of the expression."""

    node: Node
    chain: tuple[Link, ...]
    text: str
    budget: Budget

    def of(self, value: Any) -> Node:
        made = Node(None, self.node.mark, path=self.node.path, chain=self.chain, expression=self.text)
        if isinstance(value, dict):
            self.budget.spend(len(value) * (1 + _NODE_COST))
            made.value = {str(key): self.of(entry) for key, entry in value.items()}
        elif isinstance(value, list | tuple):
            self.budget.spend(len(value) * (1 + _NODE_COST))
            made.value = [self.of(item) for item in value]
        elif isinstance(value, Text):
            made.value, made.origin = str(value), value.origin
        else:
            made.value = value
        return made


def _copied(node: Node, path: str, chain: tuple[Link, ...], budget: Budget) -> Node:
    value = node.value
    if isinstance(value, dict | list):
        budget.spend(len(value) * (1 + _NODE_COST + len(path) // _PATH_UNIT))
    if isinstance(value, dict):
        value = {key: _copied(entry, f"{path}.{key}", chain, budget) for key, entry in value.items()}
    elif isinstance(value, list):
        value = [_copied(item, f"{path}.{i}", chain, budget) for i, item in enumerate(value)]
    return Node(value, node.mark, node.keys, path, chain, node.origin, node.expression)


_USED = "used as"


class _PlainReader:
    """Converts an evaluated node to a plain value, whose strings have their origin."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.is_known = True

    def plain(self, node: Node, depth: int) -> Any:
        value = node.value
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                message = f"the value is nested too deeply; expected at most {MAX_DEPTH} levels"
                raise SpecError([Problem(node.mark, node.path, message)])
            self.budget.spend(len(value))
        if isinstance(value, dict):
            return {key: self.plain(entry, depth + 1) for key, entry in value.items()}
        if isinstance(value, list):
            # Long lists of numbers are common, so that numbers are read without a call.
            return [
                self.plain(item, depth + 1) if isinstance(item.value, str | list | dict) else item.value
                for item in value
            ]
        if isinstance(value, str):
            self.is_known &= not node.is_expression
            return Text.of(value, node.origin or node.mark.file)
        return value
