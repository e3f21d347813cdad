"""The names of the inputs and targets of a data source, without opening the data."""

from __future__ import annotations

from kpipe.components.checker import check
from kpipe.components.construct import construct
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import KpipeError, Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


def source_inputs(spec: Spec, problems: list[Problem]) -> tuple[str, ...] | None:
    """Return the possible names of inputs of the source of a spec, without opening the data; None if unknown.

    Args:
        spec: a spec that was read, with the components of its `imports` registered.
        problems: receives a problem if `input_names` of the source fails or returns an invalid value.
    """
    return _names(spec, "input_names", problems)


def source_targets(spec: Spec, problems: list[Problem]) -> tuple[str, ...] | None:
    """Return the names of the targets of the source of a spec, without opening the data; None if unknown.

    Args:
        spec: see `source_inputs`.
        problems: see `source_inputs`, for `target_names`.
    """
    return _names(spec, "target_names", problems)


def _names(spec: Spec, method: str, problems: list[Problem]) -> tuple[str, ...] | None:
    node = source_node(spec)
    if node is None:
        return None
    try:
        source = construct(node, "source")
    except SpecError:  # reported by the check of the component
        return None
    try:
        return _as_names(getattr(source, method)())
    except Exception as error:
        # A custom method can raise any exception.
        reason = str(error) if isinstance(error, KpipeError | TypeError) else f"{type(error).__name__}: {error}"
        message = f"{type(source).__name__}.{method} failed: {reason}"
        problems.append(problem_at(node, message))
        return None


def source_node(spec: Spec) -> Node | None:
    """Return the source of a spec as an evaluated component; None if it has problems or cannot be built.

    Args:
        spec: see `source_inputs`.
    """
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
    # Problems of the source are reported with those of all components.
    return None if wrong else node


def _as_names(names: object) -> tuple[str, ...] | None:
    if names is None:
        return None
    if not isinstance(names, list | tuple | set | frozenset) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"expected a list of strings or None, got {names!r}")
    return tuple(names)
