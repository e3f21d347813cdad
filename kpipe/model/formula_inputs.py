"""The check that a formula receives a tensor for each of its names, without data and Keras."""

from __future__ import annotations

from kpipe.components.argument_forms import resolved
from kpipe.components.tensor_formula import parse_formula
from kpipe.errors import ArgumentError, Problem
from kpipe.model.named_inputs import named_inputs_problem
from kpipe.model.operation import Operation
from kpipe.spec.node import split_component
from kpipe.spec.problem_at import problem_at


def formula_input_problem(operation: Operation) -> Problem | None:
    """Return the problem of a `Formula` whose `inputs` are not those of its names; None if there is none.

    Args:
        operation: a call of any layer.
    """
    component = operation.component
    name, arguments = (split_component(component) if component is not None else None) or ("", None)
    known = resolved("layer", name)
    expression = arguments.get("expression") if arguments is not None else None
    if known is None or (known.name, known.origin) != ("Formula", "kpipe") or expression is None:
        return None
    try:
        names = parse_formula(expression.value, "expression").names
    except ArgumentError:  # reported with the arguments
        return None
    if isinstance(operation.reads, dict):
        return named_inputs_problem("Formula", names, operation.reads, operation.node)
    if len(names) < 2:
        return None
    example = ", ".join(f"{name}: ..." for name in names)
    message = f"Formula: expected a tensor for each of {', '.join(names)}, by name; write `inputs: {{{example}}}`"
    return problem_at(operation.node, message)
