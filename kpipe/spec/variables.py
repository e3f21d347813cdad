"""The evaluated `vars` of a spec."""

from __future__ import annotations

from kpipe.errors import Link, Problem, SpecError
from kpipe.spec.expressions.evaluation_order import evaluation_order
from kpipe.spec.expressions.expression import names_in_values
from kpipe.spec.expressions.scope import Name, Scope, evaluated, name_of
from kpipe.spec.node import Node


def variables(node: Node, problems: list[Problem]) -> Scope:
    """Return the scope of `vars`; each variable can use all others, in any order, but not itself.

    Args:
        node: the mapping.
        problems: receives the problems of expressions that fail, and of variables that use each other in a cycle;
            expressions that use such a variable are not evaluated.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> variables(read_text("{half: =width // 2, width: 8}", "a.yaml"), [])["half"]
        4
    """
    order, cycles = evaluation_order({key: names_in_values(entry.plain()) for key, entry in node.entries.items()})
    problems += [_cycle_problem(node, cycle) for cycle in cycles]
    failed = {name for cycle in cycles for name in cycle}
    scope = Scope({key: Name(None, entry.mark, is_known=False) for key, entry in node.entries.items()})
    for key in order:
        if key not in failed:
            scope.remove(key)  # a message about an unknown name does not suggest the variable itself
            scope.define(key, _value(node.entries[key], scope, problems))
    return scope


def _value(entry: Node, scope: Scope, problems: list[Problem]) -> Name:
    try:
        return name_of(evaluated(entry, scope), budget=scope.budget)
    except SpecError as error:
        problems += error.problems
        return Name(None, entry.mark, is_known=False)


def _cycle_problem(node: Node, cycle: list[str]) -> Problem:
    first = node.entries[cycle[0]]
    if len(cycle) == 1:
        return Problem(first.mark, first.path, f"the variable uses itself; write a value that does not use {cycle[0]}")
    path = " -> ".join([*cycle, cycle[0]])
    links = tuple(Link(node.entries[name].mark, f"{name} = {node.entries[name].plain()!r:.60}") for name in cycle[1:])
    return Problem(
        first.mark,
        first.path,
        f"the variables use each other in a cycle: {path}; write a value for one of them",
        related=links,
    )
