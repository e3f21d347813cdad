"""Checks of the search space of a sweep: paths, overlaps, and whether the spec accepts its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.space.choice import Choice
from kpipe.space.parameter import Parameter
from kpipe.space.read_space import is_space
from kpipe.space.search_space import SearchSpace
from kpipe.spec.defaults import default_at
from kpipe.spec.merging.override import assign, repath
from kpipe.spec.node import Node
from kpipe.spec.reader import copied, variant
from kpipe.spec.spec import Spec

#: Keys of a spec that are the same in all trials of a sweep.
FIXED = ("name", "imports", "tune")

Check = Callable[[Spec, list[Problem]], None]


def space_problems(spec: Spec, check: Check) -> list[Problem]:
    """Return the problems of `tune.space`: each bound and each option has to be valid in the spec.

    Args:
        spec: a spec without problems.
        check: appends the problems of the components and the model of a spec.
    """
    if spec.tune is None:
        return []
    found: list[Problem] = []
    space = SearchSpace.read(spec.tune.space, spec.evaluated, found)
    if not found and not space.parameters:
        example = "train.optimizer.learning_rate: {Log: [1e-4, 1e-1]}"
        message = f"empty space; expected at least one path with its space, such as `{example}`"
        found.append(Problem(spec.tune.space.mark, spec.tune.space.path, message))
    found += _path_problems(spec, space)
    if found:
        return found
    seen: set[tuple[Mark | None, str]] = set()
    for path, values in _edges(space):
        problems: list[Problem] = []
        copy = variant(spec, [(path, values, spec.tune.space.key_mark(path))], problems)
        if not problems:
            check(copy, problems)
        for problem in problems:
            if (problem.mark, problem.message) not in seen:
                seen.add((problem.mark, problem.message))
                found.append(problem)
    return found


def _path_problems(spec: Spec, space: SearchSpace) -> list[Problem]:
    """Return the problems of paths that do not exist, are fixed, or are inside others."""
    section = spec.tree.entries["tune"].entries["space"]
    found: list[Problem] = []
    resolved: dict[str, str] = {}
    for path, parameter in space.paths.items():
        mark = section.key_mark(path)
        place = f"{section.path}.{path}"
        if path.partition(".")[0] in FIXED:
            message = f"{path.partition('.')[0]} is the same in all trials; remove it from the space"
            found.append(Problem(mark, place, message))
            continue
        if path.endswith(".+"):
            message = "a space needs the path of an existing value; add the item to the list in the spec itself"
            found.append(Problem(mark, place, message))
            continue
        try:
            resolved[path] = _resolved(spec, path, next(_values(parameter, space)), mark)
        except SpecError as error:
            found += [
                Problem(problem.mark, place, problem.message, problem.suggestion, problem.related)
                for problem in error.problems
            ]
    for path, target in resolved.items():
        outer = next((other for other in resolved if other != path and _contains(resolved[other], target)), None)
        if outer is None or (resolved[outer] == target and [*resolved].index(outer) > [*resolved].index(path)):
            continue
        same = resolved[outer] == target
        message = (
            f"same value as {outer}; remove one of them"
            if same
            else f"inside {outer}, which the sweep replaces as a whole; write this space inside the options of {outer}"
        )
        link = Link(section.key_mark(outer), outer)
        found.append(Problem(section.key_mark(path), f"{section.path}.{path}", message, related=(link,)))
    return found


def _contains(outer: str, path: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _resolved(spec: Spec, path: str, value: Node, mark: Mark) -> str:
    """Return the complete path of the value: with the class of its component, and the index of its item."""
    value = copied(value)
    tree = copied(spec.tree)
    assign(tree, path, value, mark, default_at)
    repath(tree)
    return value.path


def _edges(space: SearchSpace) -> Iterator[tuple[str, Node]]:
    """Yield each bound and each option as the value of its path; other spaces inside it have their first value."""
    for path, parameter in space.paths.items():
        for value in _values(parameter, space):
            yield path, value


def _values(parameter: Parameter, space: SearchSpace) -> Iterator[Node]:
    if not isinstance(parameter.space, Choice):
        yield from parameter.edges
        return
    for option in parameter.space.options:
        inner = [entry for entry in space.parameters if _is_below(option.node, entry.node)]
        yield _replaced(option.node, {})
        for entry in inner:
            for value in list(_values(entry, space))[1:]:
                yield _replaced(option.node, {id(entry.node): value})


def _is_below(node: Node, part: Node) -> bool:
    return any(child is part for child in node.walk())


def _replaced(node: Node, chosen: dict[int, Node]) -> Node:
    """Return a value with a value in place of each space inside it: the chosen one, or its first."""
    if id(node) in chosen:
        return chosen[id(node)]
    if is_space(node):
        first = next(iter(node.entries.values())).items[0]
        return _replaced(first, chosen)
    if node.is_mapping:
        entries = {key: _replaced(entry, chosen) for key, entry in node.entries.items()}
        return Node(entries, node.mark, node.keys, node.path)
    if node.is_list:
        return Node([_replaced(item, chosen) for item in node.items], node.mark, path=node.path)
    return node
