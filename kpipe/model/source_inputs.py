"""The names of the data's inputs, as far as the source's arguments tell them."""

from __future__ import annotations

from kpipe.components.checker import check
from kpipe.components.construct import construct
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import KpipeError, Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


def source_inputs(spec: Spec, problems: list[Problem]) -> tuple[str, ...] | None:
    """Every name that an input of the spec's source may have, without opening the data; None where any may be one.

    Args:
        spec: a spec that was read; components of its `imports` are known.
        problems: where it goes that the source's `input_names` fails or returns something else.
    """
    node = _source(spec)
    if node is None:
        return None
    try:
        source = construct(node, "source")
    except SpecError:  # reported where the component is checked
        return None
    try:
        return _as_names(source.input_names())
    except Exception as error:
        # Whatever a custom method raises.
        reason = str(error) if isinstance(error, KpipeError | TypeError) else f"{type(error).__name__}: {error}"
        message = f"{type(source).__name__}.input_names fails: {reason}"
        problems.append(problem_at(node, message))
        return None


def _source(spec: Spec) -> Node | None:
    node = spec.tree.entries["data"].get("source")
    try:
        node = spec.evaluated(node) if node is not None else None
    except SpecError:
        return None
    parts = split_component(node) if node is not None else None
    if node is None or parts is None or any(part.is_expression for part in node.walk()):
        return None
    if vocabulary().find("source", parts[0]) is None or not vocabulary().may_build(node, "source"):
        return None
    wrong: list[Problem] = []
    check(node, "source", node.path, wrong)
    # What is wrong with it is reported where all components are checked.
    return None if wrong else node


def _as_names(names: object) -> tuple[str, ...] | None:
    if names is None:
        return None
    if not isinstance(names, list | tuple | set | frozenset) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"expected a list of strings or None, got {names!r}")
    return tuple(names)
