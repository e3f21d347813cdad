"""Check of a plain value against the type, range and choices of an argument."""

from __future__ import annotations

import math
from typing import Any

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.pattern import pattern_fault
from kpipe.components.value_text import because, expected, shown
from kpipe.errors import Problem
from kpipe.nearest import nearest
from kpipe.spec.expressions.scope import integer_hint
from kpipe.spec.merging.override_text import override_text
from kpipe.spec.node import Node, is_variable_name, key_hint, quotes_hint, text_hint

_LARGEST = 1.7976931348623157e308


def check_value(node: Node, argument: ArgumentInfo, path: str, problems: list[Problem]) -> None:
    """Check a plain value against the description of an argument.

    Args:
        node: the value, which is not a component.
        argument: the description of the argument.
        path: dotted path of the value.
        problems: receives the problem of the value.
    """
    fault = _vocabulary_fault(node, argument) or _fault(node, argument, _types(argument))
    if fault is not None:
        place, message = fault
        problems.append(Problem(place.mark, path, message, _suggestion(place, argument), place.chain))


def _vocabulary_fault(node: Node, argument: ArgumentInfo) -> tuple[Node, str] | None:
    """Return the error of a computed name of a vocabulary file; literal names are already replaced by the terms."""
    if argument.file != "vocabulary" or not node.is_text:
        return None
    message = (
        f"{shown(node.plain())} comes from an expression or a variable; expected the literal name of a vocabulary "
        "file, or a list of terms"
    )
    return node, message


def _types(argument: ArgumentInfo) -> frozenset[str]:
    return argument.types or frozenset({"nothing"})


def _fault(node: Node, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str] | None:
    """Return the value or entry that is invalid, with the message about it; None if the value is valid."""
    value = node.value
    if isinstance(value, list):
        return _list_fault(node, argument, types)
    if isinstance(value, dict):
        return _mapping_fault(node, argument, types)
    if isinstance(value, bool):
        return None if types & {"bool", "any"} or _is_choice(value, argument) else _not_allowed(node, argument, types)
    if isinstance(value, int | float):
        return _number_fault(node, value, argument, types)
    if isinstance(value, str):
        return _text_fault(node, value, argument, types)
    return None if types & {"null", "any"} else _not_allowed(node, argument, types)


def _list_fault(node: Node, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str] | None:
    if not types & {"list", "any"}:
        return _not_allowed(node, argument, types)
    # Only numbers are nested without a type that states it, such as the ranges of transforms.
    is_nested = not argument.item_types <= {"str", "null"}
    nested = frozenset({"list"}) if is_nested else frozenset[str]()
    entry_types = argument.item_types | nested if argument.item_types else frozenset({"any"})
    faults = (_fault(entry, argument, entry_types) for entry in node.items if not entry.is_expression)
    return next((fault for fault in faults if fault is not None), None)


def _mapping_fault(node: Node, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str] | None:
    if not types & {"dict", "any"}:
        return _not_allowed(node, argument, types)
    if not argument.item_types:
        return None
    entries = (entry for entry in node.entries.values() if not entry.is_expression)
    # A mapping of ranges, such as `shear: {x: [-5, 5]}`, is accepted where one range is.
    entry_types = argument.item_types | (types & {"list"})
    faults = (_fault(entry, argument, entry_types) for entry in entries)
    return next((fault for fault in faults if fault is not None), None)


def _number_fault(node: Node, value: float, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str] | None:
    if _is_choice(value, argument):
        return None
    is_integer = isinstance(value, int)
    if not types & ({"int", "float", "any"} if is_integer else {"float", "any"}):
        if "int" not in types:
            return _not_allowed(node, argument, types)
        return node, f"not an integer; expected {expected(argument)}, got {value!r}{integer_hint(node)}"
    if (not is_integer and not math.isfinite(value)) or abs(value) > _LARGEST:
        return node, f"not finite; expected a finite number, got {value!r}"
    return None if value in argument.limits else (node, _out_of_range(node, argument))


def _text_fault(node: Node, value: str, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str] | None:
    if argument.choices is not None and "any" not in types:
        return None if _is_choice(value, argument) else _not_allowed(node, argument, types)
    if not types & {"str", "any"}:
        return _not_allowed(node, argument, types)
    fault = pattern_fault(value) if argument.pattern else None
    return (node, f"{shown(value)} is not allowed; {fault}") if fault else None


def _is_choice(value: Any, argument: ArgumentInfo) -> bool:
    if argument.choices is None:
        return False
    if argument.any_case and isinstance(value, str):
        value = value.lower()
    return any(type(choice) is type(value) and choice == value for choice in argument.choices)


def _out_of_range(node: Node, argument: ArgumentInfo) -> str:
    text = expected(argument)
    # The text contains no range if the entries of a list can have any type.
    text = text if str(argument.limits) in text else f"a number {argument.limits}"
    return f"out of range; expected {text}, got {shown(node.plain())}"


def _not_allowed(node: Node, argument: ArgumentInfo, types: frozenset[str]) -> tuple[Node, str]:
    accepted = types.union(_type_of(choice) for choice in argument.choices or ())
    hint = text_hint(node.value, accepted) or key_hint(node) or _default_hint(node, argument)
    if not hint and argument.types <= {"int", "float", "null"} and is_variable_name(node.value):
        hint = f"; write ={node.value} if it is a variable"
    if "str" in argument.types and argument.choices is None:
        hint = hint or quotes_hint(node.value)
    return (
        node,
        f"not allowed; expected {expected(argument)}, got {shown(node.plain())}{hint}{because(argument)}",
    )


def _type_of(choice: object) -> str:
    return "bool" if isinstance(choice, bool) else "null" if choice is None else "other"


def _default_hint(node: Node, argument: ArgumentInfo) -> str:
    """Return the remedy for a null that was probably intended as the default."""
    above, _, key = node.path.rpartition(".")
    if node.value is not None or argument.required or not above or node.expression:
        return ""
    call = override_text(f"{above}.-", Node(key, node.mark), node.mark)
    return f"; remove it for the default, or write {call} if a base has it"


def _suggestion(node: Node, argument: ArgumentInfo) -> str | None:
    if not isinstance(node.value, str) or argument.choices is None:
        return None
    return nearest(node.value, map(str, argument.choices))
