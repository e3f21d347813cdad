"""What an argument of a component takes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.schema.form import EXPRESSION, Schema, value
from kpipe.schema.mode import Mode

_TYPES = {"bool": "boolean", "dict": "object", "null": "null"}


def argument_schema(argument: ArgumentInfo, mode: Mode = Mode.WHOLE) -> Schema:
    """The schema of an argument: its types, limits and enumeration, the objects it stands for, and expressions.

    Args:
        argument: the argument.
        mode: which definitions it refers to.

    Example:
        >>> argument_schema(ArgumentInfo("units", required=True, types=frozenset({"int"}), minimum=1))
        {'anyOf': [{'type': 'integer', 'minimum': 1}, {'type': 'string', 'pattern': '^='}]}
    """
    options = _plain(argument, argument.types)
    if argument.object_kind is not None:
        kind = mode.ref(argument.object_kind)
        several = [{"type": "array", "items": kind}] if argument.many else []
        # A language server says what is wrong by the first of several forms that fit equally badly: with an
        # enumeration a text is what people write, otherwise a class.
        plain_first = argument.choices is not None
        options = [*options, kind, *several] if plain_first else [*mode.one(argument.object_kind), *several, *options]
    return value(options, argument.documentation, argument.default)


def _plain(argument: ArgumentInfo, types: Collection[str]) -> list[Schema]:
    """The forms of plain values."""
    if "any" in types:
        return [{}]
    options: list[Schema] = []
    if argument.choices is not None:
        options.append({"enum": list(argument.choices)})
        if argument.any_case:
            options.append({"type": "string", "pattern": _in_any_case(argument.choices)})
    # Where a float is allowed, a whole number is too.
    if "float" in types:
        options.append({"type": "number", **_limits(argument)})
    elif "int" in types:
        options.append({"type": "integer", **_limits(argument)})
    if "str" in types and argument.choices is None:
        options.append({"type": "string"})
    if "list" in types:
        options.append(_list(argument))
    options += [{"type": name} for key, name in _TYPES.items() if key in types]
    return options


def _list(argument: ArgumentInfo) -> Schema:
    """A list; the entries of lists in it are no longer looked at."""
    entries = _plain(argument, argument.item_types) if argument.item_types else [{}]
    return {"type": "array"} if {} in entries else {"type": "array", "items": value([*entries, {"type": "array"}])}


def _limits(argument: ArgumentInfo) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if argument.minimum is not None:
        limits["exclusiveMinimum" if argument.minimum_open else "minimum"] = _shortest(argument.minimum)
    if argument.maximum is not None:
        limits["exclusiveMaximum" if argument.maximum_open else "maximum"] = _shortest(argument.maximum)
    return limits


def _shortest(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _in_any_case(choices: Collection[Any]) -> str:
    """A pattern of the texts in upper and lower case, since JSON Schema has no flags; also of expressions."""
    texts = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in str(choice)) for choice in choices)
    return f"^(?:{'|'.join(texts)})$|{EXPRESSION['pattern']}"
