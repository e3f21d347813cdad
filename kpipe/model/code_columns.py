"""The check of `=codes.COLUMN` against the header of the table, before the data is opened."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

from kpipe.components.construct import construct
from kpipe.errors import KpipeError, Problem
from kpipe.model.source_inputs import source_node
from kpipe.nearest import nearest
from kpipe.spec.expressions.short_value import short_names
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec


def code_column_problems(spec: Spec, make_absolute: Callable[[Node], object]) -> list[Problem]:
    """Return the problems of columns in `=codes.COLUMN` that the table of a spec does not have.

    Args:
        spec: a spec that was read, with the components of its `imports` registered.
        make_absolute: replaces the relative paths in a source.
    """
    used = [
        (part, column)
        for holder in (spec.tree.entries["model"], spec.tree.entries["blocks"])
        for part in holder.walk()
        if part.is_expression
        for column in _code_columns(part)
    ]
    source = _source(spec, make_absolute) if used else None
    columns = None if source is None else source.code_columns()
    if source is None or columns is None:
        return []
    others = (spec.data.group, spec.data.sample_weights)
    coded = [name for name in source.coded_columns() or () if name not in others]
    return [
        Problem(
            part.mark,
            part.path,
            f"the table has no column {column!r}; available: {short_names(coded) or 'none'}",
            nearest(column, coded),
            part.chain,
        )
        for part, column in used
        if column not in columns
    ]


def _source(spec: Spec, make_absolute: Callable[[Node], object]) -> Any:
    """Return the source of a spec; None if it cannot be constructed."""
    node = source_node(spec)
    if node is None:
        return None
    node = copy.deepcopy(node)
    try:
        make_absolute(node)
        return construct(node, "source")
    except KpipeError:  # reported by the check of the component
        return None


def _code_columns(node: Node) -> Iterator[str]:
    """Yield each `COLUMN` of `codes.COLUMN` and `codes['COLUMN']` in an expression."""
    try:
        tree = ast.parse(str(node.value)[1:].strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for part in ast.walk(tree):
        match part:
            case ast.Attribute(value=ast.Name(id="codes"), attr=column):
                yield column
            case ast.Subscript(value=ast.Name(id="codes"), slice=ast.Constant(value=str() as column)):
                yield column
