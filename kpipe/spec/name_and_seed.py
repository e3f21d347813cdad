"""Checks of `name` and `seed`, which can be expressions over `vars`."""

from __future__ import annotations

import re

from kpipe.errors import Problem, SpecError
from kpipe.spec.expressions.scope import integer_hint
from kpipe.spec.node import Node, kind_of, shown_value, text_hint
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec

#: The form of the name of an experiment, which is that of a folder.
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*$"


def name_and_seed_problems(spec: Spec) -> list[Problem]:
    """Return the problems of `name` and `seed`.

    Args:
        spec: a spec that was read.
    """
    problems: list[Problem] = []
    for key, fault_of in (("name", _name_fault), ("seed", _seed_fault)):
        written = spec.tree.entries[key]
        try:
            node = spec.evaluated(written)
        except SpecError as error:
            problems += error.problems
            continue
        is_unknown = written.is_expression and node is written  # it uses a variable with a problem of its own
        if not is_unknown and (message := fault_of(node, written)):
            problems.append(problem_at(node, message))
    return problems


def _name_fault(node: Node, written: Node) -> str | None:
    if isinstance(node.value, str):
        message = f"{node.value!r} is not a valid name; use letters, digits, `.`, `_` and `-`"
        return None if re.match(NAME, node.value) else message
    if not isinstance(node.value, bool | int | float):
        return f"expected a string, got {kind_of(node.value)}"
    text = str(written.value)
    remedy = f"=str({text[1:].strip()})" if written.is_expression else f'"{shown_value(node.plain())}"'
    return f"expected a string, got {shown_value(node.plain())}; write {remedy}"


def _seed_fault(node: Node, _: Node) -> str | None:
    if not isinstance(node.value, int) or isinstance(node.value, bool) or node.value < 0:
        hint = integer_hint(node) or text_hint(node.value)
        hint = "; remove it for the default, 0" if node.value is None else hint
        return f"expected an integer of at least 0, got {shown_value(node.plain())}{hint}"
    return f"expected an integer below 2 ** 32, got {node.value}" if node.value >= 2**32 else None
