"""Errors in the arguments of layers that their types and ranges do not state: axes of the samples, and formulas."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.tensor_formula import parse_formula
from kpipe.errors import ArgumentError, Problem
from kpipe.spec.node import Node

_AXES = ("axis", "axes")


def layer_problems(arguments: Node, known: ClassInfo, path: str, evaluated: bool) -> Iterator[Problem]:
    """Yield the problems of the arguments of a layer whose types and ranges have been checked one by one.

    Args:
        arguments: the arguments of a component.
        known: its class; others than layers of Keras and of kpipe have no such problems.
        path: dotted path of the arguments.
        evaluated: whether strings that begin with `=` are plain strings; expressions are skipped otherwise.
    """
    if known.kind != "layer" or known.origin not in (*BUILT_IN, "keras"):
        return
    for key in _AXES:
        entry = arguments.entries.get(key)
        if entry is not None and key in known.arguments and _has_samples(entry):
            message = (
                f"axis 0 is that of the samples, which a layer must not mix; expected another axis, such as -1, got "
                f"{entry.plain()}"
            )
            yield Problem(entry.mark, f"{path}.{key}", message, related=entry.chain)
    expression = arguments.entries.get("expression")
    if (
        known.name == "Formula"
        and expression is not None
        and expression.is_text
        and (evaluated or not expression.is_expression)
    ):
        try:
            parse_formula(expression.value, "expression")
        except ArgumentError as error:
            yield Problem(expression.mark, f"{path}.expression", error.message, error.suggestion, expression.chain)


def _has_samples(node: Node) -> bool:
    """Return whether an axis, or one of a list, is 0; numbers that are not integers have problems of their type."""
    values = [entry.value for entry in node.items] if node.is_list else [node.value]
    return any(type(value) is int and value == 0 for value in values)
