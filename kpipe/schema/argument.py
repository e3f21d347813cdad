"""The JSON Schema of an argument of a component."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.schema.form import EXPRESSION, Schema, value
from kpipe.schema.mode import Mode

_TYPES = {"bool": "boolean", "dict": "object", "null": "null"}


def argument_schema(argument: ArgumentInfo, mode: Mode = Mode.COMPLETE) -> Schema:
    """Return the schema of an argument: its types, limits, choices and components, or an expression.

    Args:
        argument: the argument.
        mode: selects the definitions that it refers to.

    Example:
        >>> argument_schema(ArgumentInfo("units", required=True, types=frozenset({"int"}), minimum=1))
        {'anyOf': [{'type': 'integer', 'minimum': 1}, {'type': 'string', 'pattern': '^='}]}
    """
    options = _plain(argument, argument.types)
    if argument.object_kind is not None:
        component = mode.ref(argument.object_kind)
        least = {"minItems": argument.min_items} if argument.min_items else {}
        components = [{"type": "array", **least, "items": component}] if argument.many else []
        # If no option matches, language servers report the error of the first one. Users usually write a string where
        # an enumeration is allowed, and a class otherwise.
        if argument.is_list_of_components:
            options = [*components, *options]
        elif argument.choices is not None:
            options = [*options, component, *components]
        else:
            options = [*mode.component(argument.object_kind), *components, *options]
    return value(options, argument.documentation, argument.default)


def _plain(argument: ArgumentInfo, types: Collection[str]) -> list[Schema]:
    """Return one schema for each allowed type of a plain value."""
    if "any" in types:
        return [{}]
    options: list[Schema] = []
    if argument.choices is not None:
        options.append({"enum": list(argument.choices)})
        if argument.any_case:
            options.append({"type": "string", "pattern": _case_insensitive(argument.choices)})
    # `number` also accepts integers.
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
    """Return the schema of a list; the entries of nested lists are not checked."""
    entries = _plain(argument, argument.item_types) if argument.item_types else [{}]
    return {"type": "array"} if {} in entries else {"type": "array", "items": value([*entries, {"type": "array"}])}


def _limits(argument: ArgumentInfo) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if argument.minimum is not None:
        limits["exclusiveMinimum" if argument.minimum_open else "minimum"] = _plain_number(argument.minimum)
    if argument.maximum is not None:
        limits["exclusiveMaximum" if argument.maximum_open else "maximum"] = _plain_number(argument.maximum)
    return limits


def _plain_number(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _case_insensitive(choices: Collection[Any]) -> str:
    """Return a pattern that ignores case, since JSON Schema has no flags; it also matches expressions."""
    patterns = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in str(choice)) for choice in choices)
    return f"^(?:{'|'.join(patterns)})$|{EXPRESSION['pattern']}"
