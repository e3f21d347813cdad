"""What is wrong with a model in every block, loop and branch as it will be built, without data and without Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kpipe import components
from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.model.expansion import Expansion
from kpipe.model.graph import Frame
from kpipe.model.operation import BranchInput, Operation
from kpipe.spec.node import Node
from kpipe.spec.scope import Name
from kpipe.spec.spec import Spec


def use_problems(
    spec: Spec, names: Mapping[str, Name] | None = None, definitions: Sequence[Problem] | None = None
) -> list[Problem]:
    """The problems of all uses of the items in `model` and `blocks`: values, rounds, choices, limits, shared items.

    A problem that several uses have is one problem, with the first use and the number of the others.

    Args:
        spec: a spec that was read.
        names: what is known of the data: `classes` and `input_shape`; by default nothing is.
        definitions: the problems of the definitions, None if they were not checked; where one is, no other problem is
            reported, and if there are none, what is the same in every use is not checked again.
    """
    return _UseCheck(spec, names or {}, definitions).problems()


class _UseCheck:
    def __init__(self, spec: Spec, names: Mapping[str, Name], definitions: Sequence[Problem] | None) -> None:
        self.expansion = Expansion(spec, names, collect=self.collect)
        self.targets = _targets(spec)
        self.messages: dict[Mark | None, set[str]] = {}
        self.are_definitions_right = definitions is not None and not definitions
        for problem in definitions or ():
            self.messages.setdefault(problem.mark, set()).add(problem.message)
        self.found: dict[tuple[Mark | None, str], tuple[Problem, set[_Use]]] = {}
        self.checked: dict[int, tuple[Node, list[Problem]]] = {}

    def problems(self) -> list[Problem]:
        try:
            for operation in self.expansion.operations(self.targets):
                self.check(operation)
        except SpecError as error:  # the model is too large
            self.add(error.problems, ((), ""))
        return [replace(problem, more_uses=len(uses) - 1) for problem, uses in self.found.values()]

    def check(self, operation: Operation | BranchInput) -> None:
        """Checks the component of a new layer."""
        if isinstance(operation, BranchInput) or operation.component is None or operation.shared is not None:
            return None
        if operation.is_constant and self.are_definitions_right:
            return None
        node = operation.node
        if operation.is_constant and id(node) in self.checked:
            return self.expansion.report(self.checked[id(node)][1], operation.frame)
        problems: list[Problem] = []
        place = operation.place or components.Place()
        components.check(operation.component, "layer", operation.component.path, problems, place)
        if operation.is_constant:
            self.checked[id(node)] = node, problems
        return self.expansion.report(problems, operation.frame)

    def collect(self, problems: list[Problem], frame: Frame) -> None:
        self.add(problems, (frame.uses, frame.where))

    def add(self, problems: Iterable[Problem], use: _Use) -> None:
        for problem in problems:
            known = self.messages.get(problem.mark)
            if known is not None and problem.message not in known:
                continue
            key = problem.mark, problem.path
            if key not in self.found:
                self.found[key] = problem, set()
            self.found[key][1].add(use)


_Use = tuple[tuple[Link, ...], str]


def _targets(spec: Spec) -> dict[str, Node]:
    """The items that `train.targets` lists, each with its place."""
    node = spec.tree.entries["train"].get("targets")
    entries = node.entries if node is not None else {}
    return {name: Node(name, node.key_mark(name), path=f"train.targets.{name}") for name in entries}  # type: ignore[union-attr]
