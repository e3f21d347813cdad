"""Expressions: the small arithmetic of a spec, evaluated over Python's syntax tree, white-listed node by node.

Nothing of Python can be reached from one: no attribute of an object, no method, no comprehension, no import, and no
result larger than a bound. `9**9**9` is refused, not computed.
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
from typing import Any

from kpipe.spec.depth_schedule import depth_schedule

MAX_LENGTH = 2_000
MAX_ITEMS = 10_000
MAX_INTEGER = 2**63

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
#: Words of Python that are words of an expression too.
_OPERATORS = ("if", "else", "and", "or", "not", "in", "is")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


class Text(str):
    """A text that remembers the file whose folder a relative path starts from; kept by `+` of its left side."""

    origin: str | None = None

    @classmethod
    def of(cls, value: str, origin: str | None) -> Text:
        """`value` with its origin."""
        text = cls(value)
        text.origin = origin
        return text


class ExpressionError(ValueError):
    """An expression cannot be evaluated; the message says why, without a place.

    Args:
        message: what is wrong.
        unknown: the name that is not known, where that is the reason.
    """

    def __init__(self, message: str, unknown: str | None = None) -> None:
        super().__init__(message)
        self.unknown = unknown


def parse(text: str) -> ast.expr:
    """The syntax tree of an expression, every node of it allowed.

    Args:
        text: the expression without its leading `=`.

    Raises:
        ExpressionError: the text is no expression, or holds something that is not allowed.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        word = next(
            (word for word in _IDENTIFIER.findall(text) if keyword.iskeyword(word) and word not in _OPERATORS), None
        )
        if word is not None:
            raise ExpressionError(f"{word!r} is a word of Python, and no name", unknown=word) from None
        raise ExpressionError("not an expression") from None
    try:
        _check(tree)
    except RecursionError:
        raise ExpressionError("nested too deeply") from None
    return tree


def names_in(tree: ast.expr) -> list[str]:
    """The names that an expression reads, in their order, without the words and calls of the language."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called)
    return list(dict.fromkeys(name for name in names if name not in _WORDS))


def names_in_values(value: Any) -> set[str]:
    """The names that the expressions in plain values read; those that cannot be parsed read none."""
    if isinstance(value, Mapping | list):
        entries = value.values() if isinstance(value, Mapping) else value
        return {name for entry in entries for name in names_in_values(entry)}
    if isinstance(value, str) and value.startswith("=") and not value.startswith("=="):
        with contextlib.suppress(ExpressionError):
            return set(names_in(parse(value[1:])))
    return set()


def evaluate(tree: ast.expr, scope: Mapping[str, Any]) -> Any:
    """The value of a parsed expression.

    Args:
        tree: what `parse` returned.
        scope: the known names and their plain values.

    Raises:
        ExpressionError: a name is unknown, an operation fails, or a result is too large.

    Example:
        >>> evaluate(parse("16 * 2 ** stage"), {"stage": 2})
        64
    """
    try:
        return _value(tree, scope)
    except ExpressionError:
        raise
    except ZeroDivisionError:
        raise ExpressionError("division by zero") from None
    except OverflowError:
        raise ExpressionError("the result is too large") from None
    except IndexError:
        raise ExpressionError("the list has no such index") from None
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise ExpressionError(str(error)) from None


def _check(node: ast.AST) -> None:
    allowed = (
        (ast.BinOp, lambda n: type(n.op) in _BINARY, "the operators are + - * / // % **"),
        (ast.UnaryOp, lambda n: isinstance(n.op, ast.USub | ast.UAdd | ast.Not), "~ is not allowed"),
        (ast.BoolOp, lambda n: True, ""),
        (ast.Compare, lambda n: all(type(op) in _COMPARE for op in n.ops), "`in` and `is` are not allowed"),
        (ast.IfExp, lambda n: True, ""),
        (ast.List, lambda n: True, ""),
        (ast.Subscript, lambda n: not isinstance(n.slice, ast.Slice), "x[0] is allowed, x[0:1] is not"),
        (ast.Attribute, lambda n: not n.attr.startswith("_"), "names do not begin with _"),
        (ast.Name, lambda n: True, ""),
        (ast.Constant, _is_plain, "only numbers, texts, true, false and null are values"),
        (ast.Call, _is_known_call, f"only these can be called: {' '.join(_CALLS)}"),
    )
    for kind, is_fine, reason in allowed:
        if isinstance(node, kind):
            if not is_fine(node):
                raise ExpressionError(f"`{ast.unparse(node)}` is not allowed; {reason}")
            break
    else:
        text = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        raise ExpressionError(f"`{text}` is not allowed in an expression")
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _check(child)


def _is_plain(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | str)
        and not (isinstance(node.value, bool))
    )


def _is_known_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _CALLS
        and (not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args))
    )


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return _lookup(node.id, scope)
        case ast.List():
            return _bounded([_value(item, scope) for item in node.elts])
        case ast.BinOp():
            return _binary(node, scope)
        case ast.UnaryOp():
            return _unary(node, scope)
        case ast.BoolOp():
            return _boolean(node, scope)
        case ast.Compare():
            return _compare(node, scope)
        case ast.IfExp():
            return _value(node.body if _value(node.test, scope) else node.orelse, scope)
        case ast.Subscript():
            return _item(_value(node.value, scope), _value(node.slice, scope))
        case ast.Attribute():
            return _key(_value(node.value, scope), node.attr)
        case ast.Call(func=ast.Name(id=name)):
            return _bounded(_CALLS[name](*(_value(argument, scope) for argument in node.args)))
    raise ExpressionError(f"`{ast.unparse(node)}` is not allowed in an expression")


def _lookup(name: str, scope: Mapping[str, Any]) -> Any:
    if name in _WORDS:
        return _WORDS[name]
    if name not in scope:
        known = ", ".join(scope) or "none"
        raise ExpressionError(f"no name {name!r} is known here; known: {known}", unknown=name)
    return scope[name]


def _binary(node: ast.BinOp, scope: Mapping[str, Any]) -> Any:
    left, right = _value(node.left, scope), _value(node.right, scope)
    if isinstance(left, str) and not isinstance(node.op, ast.Add):
        raise ExpressionError("a text can only be added to; write str(…) or a number")
    if isinstance(node.op, ast.Add) and isinstance(left, str) != isinstance(right, str):
        raise ExpressionError("a text and a number cannot be added; write str(…)")
    if isinstance(node.op, ast.Pow):
        _refuse_large_power(left, right)
    if isinstance(node.op, ast.Mult) and (isinstance(left, list) or isinstance(right, list)):
        _refuse_long_list(left, right)
    result = _bounded(_BINARY[type(node.op)](left, right))
    return Text.of(result, left.origin) if isinstance(left, Text) else result


def _refuse_large_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        bits = max(1, abs(base).bit_length()) * exponent
        if abs(base) > 1 and bits > 128:
            raise ExpressionError(f"{base} ** {exponent} is too large")


def _refuse_long_list(left: Any, right: Any) -> None:
    items, times = (left, right) if isinstance(left, list) else (right, left)
    if isinstance(times, int) and len(items) * times > MAX_ITEMS:
        raise ExpressionError(f"a list of more than {MAX_ITEMS:,} items")


def _unary(node: ast.UnaryOp, scope: Mapping[str, Any]) -> Any:
    value = _value(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return not value
    return -value if isinstance(node.op, ast.USub) else +value


def _boolean(node: ast.BoolOp, scope: Mapping[str, Any]) -> Any:
    stop_at = isinstance(node.op, ast.Or)
    value: Any = None
    for part in node.values:
        value = _value(part, scope)
        if bool(value) is stop_at:
            return value
    return value


def _compare(node: ast.Compare, scope: Mapping[str, Any]) -> bool:
    left = _value(node.left, scope)
    for comparison, part in zip(node.ops, node.comparators, strict=True):
        right = _value(part, scope)
        if not _COMPARE[type(comparison)](left, right):
            return False
        left = right
    return True


def _item(value: Any, index: Any) -> Any:
    if isinstance(value, dict):
        return _key(value, index)
    if not isinstance(value, list | str):
        raise ExpressionError(f"{value!r} has no items")
    if not isinstance(index, int) or isinstance(index, bool):
        raise ExpressionError(f"{index!r} is not an index; write a whole number")
    return value[index]


def _key(value: Any, key: Any) -> Any:
    if not isinstance(value, dict):
        raise ExpressionError(f"{value!r} is not a mapping and has no key {key!r}")
    if key not in value:
        raise ExpressionError(f"the mapping has no key {key!r}; it has: {', '.join(map(str, value)) or 'none'}")
    return value[key]


def _bounded(value: Any) -> Any:
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ExpressionError(f"the result {value} is not a finite number")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ExpressionError("the result is larger than 2 ** 63")
    if isinstance(value, str | list) and len(value) > MAX_ITEMS:
        raise ExpressionError(f"the result is longer than {MAX_ITEMS:,}")
    return value
