"""The check of uses: problems of the expanded model, without data and Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kpipe import components
from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.model.expansion import Expansion
from kpipe.model.formula_inputs import formula_input_problem
from kpipe.model.graph import Frame
from kpipe.model.operation import Operation
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec


def use_problems(
    spec: Spec, names: Mapping[str, Name] | None = None, definitions: Sequence[Problem] | None = None
) -> list[Problem]:
    """Return the problems of all uses of items in `model` and `blocks`: values, loops, choices, limits, shared items.

    A problem of several uses is reported once, with the first use and the number of other uses.

    Args:
        spec: a spec that was read.
        names: values of the names that depend on the data: `classes`, `codes` and `input_shape`; default None: unknown.
        definitions: problems of the definitions; None if they were not checked. At the place of one of them no other
            problem is reported. If there are none, items that are the same in every use are not checked again.
    """
    found = _Found(definitions or ())
    # Items that are the same in every use were checked with the definitions.
    is_constant_valid = definitions is not None and not definitions
    expansion = Expansion(spec, names or {}, collect=found.collect, has_problems=bool(definitions))
    checked: dict[int, tuple[Node, list[Problem]]] = {}
    try:
        for operation in expansion.operations(_targets(spec)):
            if not isinstance(operation, Operation):
                continue
            if problem := formula_input_problem(operation):
                expansion.report([problem], operation.frame)
            if not (is_constant_valid and operation.is_constant):
                problems = _component_problems(operation, checked)
                if problems:
                    expansion.report(problems, operation.frame)
    except SpecError as error:  # the model is too large
        found.add(error.problems, ((), ""))
    return found.problems()


def _component_problems(operation: Operation, checked: dict[int, tuple[Node, list[Problem]]]) -> list[Problem]:
    """The problems of the component of a new layer.

    Args:
        operation: the operation of the layer.
        checked: cache of the problems of items that are the same in every use, keyed by the `id` of the item.
    """
    component, node = operation.component, operation.node
    if component is None or operation.shared is not None:
        return []
    if operation.is_constant and id(node) in checked:
        return checked[id(node)][1]
    problems: list[Problem] = []
    components.check(component, "layer", component.path, problems, operation.place or components.Place())
    if operation.is_constant:
        checked[id(node)] = node, problems
    return problems


class _Found:
    """The problems keyed by place, each with its uses.

    Args:
        definitions: the problems of the definitions.
    """

    def __init__(self, definitions: Iterable[Problem]) -> None:
        self._messages: dict[Mark | None, set[str]] = {}
        for problem in definitions:
            self._messages.setdefault(problem.mark, set()).add(problem.message)
        self._found: dict[tuple[Mark | None, str], tuple[Problem, set[_Use]]] = {}

    def collect(self, problems: list[Problem], frame: Frame) -> None:
        self.add(problems, (frame.uses, frame.where))

    def add(self, problems: Iterable[Problem], use: _Use) -> None:
        for problem in problems:
            known = self._messages.get(problem.mark)
            if known is not None and problem.message not in known:
                continue
            key = problem.mark, problem.path
            if key not in self._found:
                self._found[key] = problem, set()
            self._found[key][1].add(use)

    def problems(self) -> list[Problem]:
        return [replace(problem, more_uses=len(uses) - 1) for problem, uses in self._found.values()]


_Use = tuple[tuple[Link, ...], str]


def _targets(spec: Spec) -> dict[str, Node]:
    """The items that `train.targets` lists, each with its place."""
    node = spec.tree.entries["train"].get("targets")
    entries = node.entries if node is not None else {}
    return {name: Node(name, node.key_mark(name), path=f"train.targets.{name}") for name in entries}  # type: ignore[union-attr]
