"""Formulas over tensors, which are parsed once and evaluated with `keras.ops`; they never execute Python code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kpipe.errors import ArgumentError
from kpipe.nearest import nearest
from kpipe.spec.expressions.syntax_fault import syntax_fault

#: Most characters of a formula, and most levels of nested operations.
MAX_LENGTH, MAX_NESTING = 1_000, 100
_MAX_INTEGER = 2**31 - 1
_SAMPLES = "axis 0 is that of the samples, which must not be reduced; use other axes"


def _power(base: int | float, exponent: int | float) -> int | float:
    """A power of numbers, which is an integer only if it is small, so that its computation takes no time."""
    is_small = isinstance(base, int) and isinstance(exponent, int) and 0 <= exponent * base.bit_length() < 64
    return base**exponent if is_small and exponent >= 0 else math.pow(base, exponent)


_Operator = type[ast.operator] | type[ast.cmpop]
#: The names in `keras.ops` of Python's operators, and the same for numbers.
_OPERATORS: dict[_Operator, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("subtract", operator.sub),
    ast.Mult: ("multiply", operator.mul),
    ast.Div: ("true_divide", operator.truediv),
    ast.FloorDiv: ("floor_divide", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("power", _power),
    ast.Eq: ("equal", operator.eq),
    ast.NotEq: ("not_equal", operator.ne),
    ast.Lt: ("less", operator.lt),
    ast.LtE: ("less_equal", operator.le),
    ast.Gt: ("greater", operator.gt),
    ast.GtE: ("greater_equal", operator.ge),
}
_OF_ELEMENTS = (
    *("abs", "ceil", "cos", "erf", "exp", "expm1", "floor", "log", "log1p", "relu", "round", "rsqrt", "sigmoid"),
    *("sign", "sin", "softplus", "sqrt", "square", "tan", "tanh"),
)
#: The functions of `keras.ops` that a formula can use, with the number of their arguments.
FUNCTIONS = {**dict.fromkeys(_OF_ELEMENTS, 1), "maximum": 2, "minimum": 2, "clip": 3, "where": 3}
#: The functions that reduce axes.
REDUCTIONS = ("sum", "mean", "max", "min")


@dataclass(frozen=True)
class TensorFormula:
    """A parsed formula.

    Args:
        names: the names of its tensors, in order of appearance.
        root: the outermost operation.
    """

    names: tuple[str, ...]
    root: _Part

    @property
    def has_reductions(self) -> bool:
        """Whether the formula reduces axes."""
        return any(isinstance(part, _Call) and part.function in REDUCTIONS for part in _walk(self.root))

    def __call__(self, tensors: Mapping[str, Any]) -> Any:
        """Evaluate the formula for tensors, or for symbolic ones.

        Raises:
            ValueError: an operation would mix samples.
        """
        return _value(self.root, tensors)


def parse_formula(text: Any, argument: str) -> TensorFormula:
    """Parse a formula.

    Args:
        text: the formula, such as `abs(a - b)`.
        argument: the argument of a layer with the formula, for errors.

    Raises:
        ArgumentError: the text is not a formula, or contains an operation that is not allowed.

    Example:
        >>> parse_formula("abs(a - b) + a", "expression").names
        ('a', 'b')
    """
    try:
        if not isinstance(text, str):
            raise _FormulaError(f"expected a string such as 'abs(a - b)', got {text!r}")
        if len(text) > MAX_LENGTH:
            raise _FormulaError(f"too long; expected at most {MAX_LENGTH:,} characters, got {len(text):,}")
        names: dict[str, None] = {}
        root = _parsed(_tree(text), names, 0)
        if not names:
            raise _FormulaError(f"the formula {text!r} has no tensor; expected a name for each tensor, such as 'x * 5'")
    except _FormulaError as error:
        raise ArgumentError(argument, str(error), error.suggestion) from None
    return TensorFormula(tuple(names), root)


class _FormulaError(ValueError):
    suggestion: str | None = None


@dataclass(frozen=True)
class _Number:
    value: int | float


@dataclass(frozen=True)
class _Name:
    name: str


@dataclass(frozen=True)
class _Call:
    text: str
    function: str
    parts: tuple[_Part, ...]
    options: dict[str, Any] = field(default_factory=dict)


_Part = _Number | _Name | _Call


def _walk(part: _Part) -> Iterator[_Part]:
    yield part
    for inner in part.parts if isinstance(part, _Call) else ():
        yield from _walk(inner)


# -- parsing ----------------------------------------------------------------------------------------------------------


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        remedy = "; remove the `=` at the beginning" if text.strip().startswith("=") else ""
        message = f"{syntax_fault(text, error)}; expected a formula such as 'abs(a - b)', got {text!r}{remedy}"
        raise _FormulaError(message) from None


def _parsed(node: ast.expr, names: dict[str, None], depth: int) -> _Part:
    if depth > MAX_NESTING:
        raise _FormulaError(f"nested too deeply; expected at most {MAX_NESTING} levels")

    def inner(part: ast.expr) -> _Part:
        return _parsed(part, names, depth + 1)

    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _Number(_bounded(value))
        case ast.Name(id=name):
            names[name] = None
            return _Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            part = inner(operand)
            return _Number(-part.value) if isinstance(part, _Number) else _Call(ast.unparse(node), "negative", (part,))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return inner(operand)
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            return _operation(node, type(op), inner(node.left), inner(node.right))
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _operation(node, type(op), inner(node.left), inner(right))
        case ast.Call(func=ast.Name(id=function)):
            return _call(node, function, inner)
    remedy = "; use the layer Slice" if isinstance(node, ast.Subscript) else ""
    raise _FormulaError(
        f"`{ast.unparse(node)}` is not allowed; expected names of tensors, numbers, + - * / // % **, a comparison of "
        f"two, and functions such as sqrt(x) and mean(x, axis=-1){remedy}"
    )


def _operation(node: ast.expr, op: _Operator, left: _Part, right: _Part) -> _Part:
    function, of_numbers = _OPERATORS[op]
    if op in (ast.Div, ast.FloorDiv, ast.Mod) and right == _Number(0):
        raise _FormulaError(f"`{ast.unparse(node)}` divides by zero")
    if not (isinstance(left, _Number) and isinstance(right, _Number)):
        return _Call(ast.unparse(node), function, (left, right))
    try:
        return _Number(_bounded(of_numbers(left.value, right.value)))
    except (ArithmeticError, ValueError) as error:
        raise _FormulaError(f"`{ast.unparse(node)}` cannot be computed: {error}") from None


def _bounded(value: Any) -> int | float:
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        return float(value) if abs(value) < 2**1000 else _out_of_range(value)
    number: int | float = value
    return number if math.isfinite(number) else _out_of_range(value)


def _out_of_range(value: Any) -> float:
    raise _FormulaError("a number is out of range; expected a finite number")


def _call(node: ast.Call, function: str, inner: Callable[[ast.expr], _Part]) -> _Part:
    text = ast.unparse(node)
    if function in REDUCTIONS:
        arguments, options = node.args[:1], _reduction_options(node, function)
        count = 1
    elif function in FUNCTIONS:
        arguments, options, count = node.args, {}, FUNCTIONS[function]
        if node.keywords:
            raise _FormulaError(f"`{text}`: {function} has no argument {node.keywords[0].arg!r} in a formula")
    else:
        known = (*FUNCTIONS, *REDUCTIONS)
        error = _FormulaError(f"unknown function {function!r}; available: {', '.join(known)}")
        error.suggestion = nearest(function, known)
        raise error
    if len(arguments) != count or any(isinstance(entry, ast.Starred) for entry in arguments):
        raise _FormulaError(f"`{text}`: wrong number of arguments; {function} expects {count}, got {len(arguments)}")
    return _Call(text, function, tuple(inner(entry) for entry in arguments), options)


def _reduction_options(node: ast.Call, function: str) -> dict[str, Any]:
    given = dict(zip(("axis", "keepdims"), node.args[1:], strict=False))
    given |= {str(entry.arg): entry.value for entry in node.keywords}
    unknown = [name for name in given if name not in ("axis", "keepdims")]
    if unknown or len(node.args) > 3:
        raise _FormulaError(f"`{ast.unparse(node)}`: {function} expects a tensor, axis and keepdims")
    axis, keepdims = _literal(given.get("axis")), _literal(given.get("keepdims"), False)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    if not axes or not all(isinstance(entry, int) and not isinstance(entry, bool) for entry in axes):
        raise _FormulaError(f"`{ast.unparse(node)}`: write an integer or a list of integers as axis, such as axis=-1")
    if 0 in axes:
        raise _FormulaError(f"`{ast.unparse(node)}`: {_SAMPLES}")
    if not isinstance(keepdims, bool):
        raise _FormulaError(f"`{ast.unparse(node)}`: keepdims must be true or false")
    return {"axis": tuple(axes), "keepdims": keepdims}


def _literal(node: ast.expr | None, default: Any = None) -> Any:
    match node:
        case None:
            return default
        case ast.Name(id="true" | "false" as word):
            return word == "true"
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


# -- evaluation -------------------------------------------------------------------------------------------------------


def _value(part: _Part, tensors: Mapping[str, Any]) -> Any:
    if isinstance(part, _Number):
        return part.value
    if isinstance(part, _Name):
        return tensors[part.name]
    from keras import ops

    values = [_value(entry, tensors) for entry in part.parts]
    _refuse_mixed_samples(part, [tuple(value.shape) for value in values if hasattr(value, "shape")])
    return getattr(ops, part.function)(*values, **part.options)


def _refuse_mixed_samples(call: _Call, shapes: list[tuple[int | None, ...]]) -> None:
    """Raise an error where tensors would be aligned by other axes, or the axis of the samples would be reduced."""
    ranks = {len(shape) for shape in shapes} - {0}
    if len(ranks) > 1:
        shown = " and ".join(str(shape) for shape in shapes)
        raise ValueError(
            f"`{call.text}`: the tensors have different numbers of axes; expected the same, got {shown}; write "
            "keepdims=true in a reduction, or Reshape one of them"
        )
    if call.function in REDUCTIONS and any(axis in (0, -max(ranks, default=0)) for axis in call.options["axis"]):
        raise ValueError(f"`{call.text}`: {_SAMPLES}")
