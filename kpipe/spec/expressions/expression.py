"""Evaluation of the expressions of a spec over Python's syntax tree, with an allowlist of its nodes.

Expressions cannot access attributes of objects, methods, comprehensions or imports, and the size of results is limited:
`9**9**9` is refused before it is computed. Each operation is charged to a budget before it is executed.
"""

from __future__ import annotations

import ast
import contextlib
import keyword
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kpipe.spec.expressions.budget import Budget, BudgetError, size_of
from kpipe.spec.expressions.depth_schedule import depth_schedule
from kpipe.spec.expressions.short_value import LONGEST, short_names, short_value
from kpipe.spec.expressions.syntax_fault import syntax_fault
from kpipe.spec.lookalikes import lookalike_fault

MAX_LENGTH = 2_000
#: Most levels of nested operations; with more, success would depend on the depth of the caller's stack.
MAX_NESTING = 200
MAX_ITEMS = 10_000
MAX_INTEGER = 2**63
#: Most digits of the second argument of `round`; no number in an expression has more.
MAX_DIGITS = 400
#: Longest expression whose parsed form is cached.
_LONGEST_CACHED = 60

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "round": round,
    "int": int,
    "float": float,
    "str": str,
    "len": len,
    "abs": abs,
    "sum": sum,
    "depth_schedule": depth_schedule,
}
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
#: Python keywords that are operators, or common attempts at one.
_OPERATORS = ("if", "else", "and", "or", "not", "in", "is")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}


class Text(str):
    """A string with the file that a relative path is resolved against; `+` keeps the file of the left operand."""

    origin: str | None = None

    @classmethod
    def of(cls, value: str, origin: str | None) -> Text:
        """Return a string with its origin."""
        text = cls(value)
        text.origin = origin
        return text


class ExpressionError(ValueError):
    """An expression cannot be evaluated; the caller adds its place.

    Args:
        message: what is wrong.
        unknown: the unknown name, if the expression contains one.
    """

    def __init__(self, message: str, unknown: str | None = None) -> None:
        super().__init__(message)
        self.unknown = unknown


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A parsed expression that contains only allowed nodes.

    Args:
        tree: its syntax tree.
        names: the names that it uses, in order of appearance, without constants and functions of the language.
        size: the number of nodes.
    """

    tree: ast.expr
    names: tuple[str, ...]
    size: int


def parse(text: str) -> Expression:
    """Parse an expression.

    Args:
        text: the expression without its leading `=`.

    Raises:
        ExpressionError: the string has invalid syntax, or contains an operation that is not allowed.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"too long; expected at most {MAX_LENGTH:,} characters")
    return _parse_cached(text) if len(text) <= _LONGEST_CACHED else _parsed(text)


def names_in(expression: Expression) -> list[str]:
    """Return the names that an expression uses, in order of appearance, without constants and functions."""
    return list(expression.names)


def names_in_values(value: Any) -> set[str]:
    """Return the names that expressions in plain values use; invalid expressions are ignored."""
    if isinstance(value, Mapping | list):
        entries = value.values() if isinstance(value, Mapping) else value
        return {name for entry in entries for name in names_in_values(entry)}
    if isinstance(value, str) and value.startswith("=") and not value.startswith("=="):
        with contextlib.suppress(ExpressionError):
            return set(names_in(parse(value[1:])))
    return set()


def evaluate(expression: Expression, scope: Mapping[str, Any], budget: Budget | None = None) -> Any:
    """Evaluate a parsed expression.

    Args:
        expression: what `parse` returned.
        scope: the plain values of names.
        budget: pays for the evaluation; by default a new budget.

    Raises:
        ExpressionError: a name is unknown, an operation fails, or a result is too large.
        BudgetError: the budget is exceeded.

    Example:
        >>> evaluate(parse("16 * 2 ** stage"), {"stage": 2})
        64
    """
    budget = budget or Budget()
    budget.spend(expression.size)
    try:
        return _Evaluation(scope, budget).value(expression.tree)
    except (ExpressionError, BudgetError):
        raise
    except ZeroDivisionError:
        raise ExpressionError("division by zero") from None
    except OverflowError:
        raise ExpressionError("the result is too large") from None
    except IndexError:
        raise ExpressionError("the index is out of range") from None
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise ExpressionError(_shortened(str(error))) from None


def _shortened(message: str) -> str:
    return message if len(message) <= 2 * LONGEST else f"{message[: 2 * LONGEST]}..."


def _parsed(text: str) -> Expression:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        word = next(
            (word for word in _IDENTIFIER.findall(text) if keyword.iskeyword(word) and word not in _OPERATORS), None
        )
        if word is not None:
            raise ExpressionError(f"{word!r} is a Python keyword, not a valid name", unknown=word) from None
        raise ExpressionError(lookalike_fault(text) or syntax_fault(text, error)) from None
    names: dict[str, None] = {}
    return Expression(tree, size=_check(tree, names), names=tuple(names))


_parse_cached = lru_cache(maxsize=8_192)(_parsed)


def _check(node: ast.expr, names: dict[str, None], depth: int = 0) -> int:
    """Raise an error for nodes that are not allowed, and collect the names; return the number of nodes."""
    if depth > MAX_NESTING:
        raise ExpressionError(f"nested too deeply; expected at most {MAX_NESTING} levels")
    is_allowed, reason = _ALLOWED.get(type(node), (_never, ""))
    if not is_allowed(node):
        refused = f"`{ast.unparse(node)}` is not allowed"
        raise ExpressionError(f"{refused}; {reason}" if reason else f"{refused} in an expression")
    if isinstance(node, ast.Name):
        if node.id not in _CONSTANTS:
            names[node.id] = None
        return 1
    below = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return 1 + sum(_check(child, names, depth + 1) for child in below if isinstance(child, ast.expr))


def _never(node: Any) -> bool:
    return False


def _always(node: Any) -> bool:
    return True


def _is_plain(node: ast.Constant) -> bool:
    return isinstance(node.value, int | float | str) and not isinstance(node.value, bool)


def _is_known_call(node: ast.Call) -> bool:
    is_known = isinstance(node.func, ast.Name) and node.func.id in _CALLS
    return is_known and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args)


_ALLOWED: dict[type[ast.AST], tuple[Callable[[Any], bool], str]] = {
    ast.BinOp: (lambda n: type(n.op) in _BINARY, "allowed operators: + - * / // % **"),
    ast.UnaryOp: (lambda n: isinstance(n.op, ast.USub | ast.UAdd | ast.Not), "allowed unary operators: + - not"),
    ast.BoolOp: (_always, ""),
    ast.Compare: (lambda n: all(type(op) in _COMPARE for op in n.ops), "allowed comparisons: == != < <= > >="),
    ast.IfExp: (_always, ""),
    ast.List: (_always, ""),
    ast.Subscript: (lambda n: not isinstance(n.slice, ast.Slice), "use a single index, such as x[0]"),
    ast.Attribute: (lambda n: not n.attr.startswith("_"), "keys that begin with _ are not allowed"),
    ast.Name: (_always, ""),
    ast.Constant: (_is_plain, "allowed values: numbers, strings, true, false and null"),
    ast.Call: (_is_known_call, f"allowed functions: {', '.join(_CALLS)}"),
}


class _Evaluation:
    """Evaluates one expression; charges the budget before elements are created or visited."""

    def __init__(self, scope: Mapping[str, Any], budget: Budget) -> None:
        self.scope, self.budget = scope, budget

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return _lookup(node.id, self.scope)
            case ast.List():
                items = [self.value(item) for item in node.elts]
                self._pay(items)
                return items
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp():
                return self._boolean(node)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp():
                return self.value(node.body if self.value(node.test) else node.orelse)
            case ast.Subscript():
                return _item(self.value(node.value), self.value(node.slice))
            case ast.Attribute():
                return _key(self.value(node.value), node.attr)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, [self.value(argument) for argument in node.args])
        raise ExpressionError(f"`{ast.unparse(node)}` is not allowed in an expression")

    def _pay(self, *values: Any, times: int = 1) -> None:
        """Charge the budget for the elements of values that are created or visited `times` times."""
        size = sum(size_of(value, self.budget) for value in values)
        if times > 1:
            self.budget.spend(size * (times - 1))

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, str) and not isinstance(node.op, ast.Add):
            raise ExpressionError("the only operator for strings is +")
        if isinstance(node.op, ast.Add) and isinstance(left, str) != isinstance(right, str):
            raise ExpressionError("cannot add a string and another type; convert it with str(...)")
        if isinstance(node.op, ast.Pow):
            _refuse_large_power(left, right)
        if isinstance(node.op, ast.Add):
            self._pay(left, right)
        elif isinstance(node.op, ast.Mult):
            self._pay_product(left, right)
        result = _bounded(_BINARY[type(node.op)](left, right))
        return Text.of(result, left.origin) if isinstance(left, Text) else result

    def _pay_product(self, left: Any, right: Any) -> None:
        items, times = (left, right) if isinstance(left, list) else (right, left)
        if isinstance(items, list) and isinstance(times, int):
            if len(items) * times > MAX_ITEMS:
                raise ExpressionError(f"the list is too long; expected at most {MAX_ITEMS:,} items")
            self._pay(items, times=times)

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else +value

    def _boolean(self, node: ast.BoolOp) -> Any:
        stop_at = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part)
            if bool(value) is stop_at:
                return value
        return value

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for comparison, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            self._pay(left, right)
            if not _COMPARE[type(comparison)](left, right):
                return False
            left = right
        return True

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name != "len":
            self._pay(*arguments)
        if name == "sum":
            self._pay_sum(arguments)
        elif name == "round" and len(arguments) > 1 and isinstance(digits := arguments[1], int):
            if abs(digits) > MAX_DIGITS:
                expected = f"expected -{MAX_DIGITS} to {MAX_DIGITS}"
                raise ExpressionError(f"too many digits for round; {expected}, got {short_value(digits)}")
        elif name == "str" and len(arguments) == 1 and isinstance(arguments[0], list | dict):
            # The longest number has about 20 characters; each entry also has a comma and a space, or quotes.
            self._pay(*arguments, times=24)
        return _bounded(_CALLS[name](*arguments))

    def _pay_sum(self, arguments: list[Any]) -> None:
        """Charge the budget for a sum of lists, which copies the first list for each of the others."""
        lists = [item for item in arguments[0] if isinstance(item, list)] if _is_list(arguments[:1]) else []
        if lists:
            self._pay(lists, *arguments[1:], times=len(lists))


def _is_list(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], list)


def _lookup(name: str, scope: Mapping[str, Any]) -> Any:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name not in scope:
        raise ExpressionError(f"unknown name {name!r}; available: {short_names(scope)}", unknown=name)
    return scope[name]


def _refuse_large_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        bits = max(1, abs(base).bit_length()) * exponent
        if abs(base) > 1 and bits > 128:
            raise ExpressionError(f"{short_value(base)} ** {short_value(exponent)} is too large")


def _item(value: Any, index: Any) -> Any:
    if isinstance(value, dict):
        return _key(value, index)
    if not isinstance(value, list | str):
        raise ExpressionError(f"{short_value(value)} cannot be indexed; expected a list, a string or a mapping")
    if not isinstance(index, int) or isinstance(index, bool):
        raise ExpressionError(f"expected an integer index, got {short_value(index)}")
    return value[index]


def _key(value: Any, key: Any) -> Any:
    if not isinstance(value, dict):
        raise ExpressionError(f"expected a mapping with the key {short_value(key)}, got {short_value(value)}")
    if isinstance(key, list | dict) or key not in value:
        raise ExpressionError(f"unknown key {short_value(key)}; available: {short_names(value)}")
    return value[key]


def _bounded(value: Any) -> Any:
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ExpressionError(f"the result {value} is not a finite number")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ExpressionError("the result is larger than 2 ** 63")
    if isinstance(value, str | list) and len(value) > MAX_ITEMS:
        raise ExpressionError(f"the result is too long; expected at most {MAX_ITEMS:,} elements")
    return value
