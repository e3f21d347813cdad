"""Checks of the search space of a sweep: paths, overlaps, and whether the spec accepts its values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.space.choice import Choice
from kpipe.space.parameter import Parameter
from kpipe.space.read_space import is_space
from kpipe.space.search_space import SearchSpace
from kpipe.spec.defaults import default_at
from kpipe.spec.merging.item_change import changes_items
from kpipe.spec.merging.override import assign, repath
from kpipe.spec.node import Node
from kpipe.spec.reader import copied, variant
from kpipe.spec.spec import Spec

#: Keys of a spec that are the same in all trials of a sweep.
FIXED = ("name", "imports", "tune")

Check = Callable[[Spec, list[Problem]], None]


def space_problems(spec: Spec, check: Check, known: Collection[Problem] = ()) -> list[Problem]:
    """Return the problems of `tune.space`: each bound and each option has to be valid in the spec.

    Args:
        spec: a spec that was read; nothing is returned if its section `tune` is missing or invalid.
        check: appends the problems of the components and the model of a spec.
        known: the problems of the spec itself. If there are any, only problems at places in the space are returned,
            since others can follow from them.
    """
    try:
        tune = spec.tune if "tune" not in spec.broken else None
    except SpecError:  # reported with the section
        return []
    if tune is None:
        return []
    found: list[Problem] = []
    space = SearchSpace.read(tune.space, spec.evaluated, found)
    if not found and not space.parameters:
        example = "train.optimizer.learning_rate: {Log: [1e-4, 1e-1]}"
        message = f"empty space; expected at least one path with its space, such as `{example}`"
        found.append(Problem(tune.space.mark, tune.space.path, message))
    found += _path_problems(spec, space)
    wrong = {problem.path for problem in found}
    paths = [path for path in space.paths if f"{tune.space.path}.{path}" not in wrong]
    values = {path: edges for path, edges in edge_values(space).items() if path in paths}
    places = {part.mark for part in tune.space.walk()} | {tune.space.key_mark(path) for path in paths}
    others = _value_problems(spec, values, check, known)
    return [*found, *(problem for problem in others if not (known or found) or problem.mark in places)]


def edge_values(space: SearchSpace) -> dict[str, list[Node]]:
    """Return the values of each path of which a check suffices: the bounds of its range, or its options.

    Other spaces inside an option have their first value.
    """
    return {path: [*_values(parameter, space)] for path, parameter in space.paths.items()}


def _value_problems(
    spec: Spec, values: Mapping[str, Sequence[Node]], check: Check, known: Collection[Problem]
) -> list[Problem]:
    """Return the problems of specs with one of the values, without those of the spec itself."""
    holder = spec.tree.entries["tune"].entries["space"]
    seen = {(problem.mark, problem.message) for problem in known}
    found: list[Problem] = []

    def keep(problems: Sequence[Problem]) -> bool:
        new = [problem for problem in problems if (problem.mark, problem.message) not in seen]
        seen.update((problem.mark, problem.message) for problem in new)
        found.extend(new)
        return bool(new)

    for path, edges in values.items():
        for value in edges:
            problems: list[Problem] = []
            copy = variant(spec, [(path, value, holder.key_mark(path))], problems)
            if not keep(problems):
                problems = []
                check(copy, problems)
                keep(problems)
    return found


def _path_problems(spec: Spec, space: SearchSpace) -> list[Problem]:
    """Return the problems of paths that do not exist, are fixed, or are inside others."""
    section = spec.tree.entries["tune"].entries["space"]
    found: list[Problem] = []
    resolved: dict[str, str] = {}
    for path, parameter in space.paths.items():
        mark, place = section.key_mark(path), f"{section.path}.{path}"
        if fault := _path_fault(path):
            found.append(Problem(mark, place, fault))
        elif path.partition(".")[0] not in spec.broken:
            try:
                resolved[path] = _resolved(spec, path, next(_values(parameter, space)), mark)
            except SpecError as error:
                found += [replace(problem, path=place) for problem in error.problems]
    return [*found, *_overlaps(section, resolved)]


def _path_fault(path: str) -> str | None:
    """Return why no value with this path can be searched; None if it can."""
    key = path.partition(".")[0]
    if key in FIXED:
        return f"{key} is the same in all trials; remove it from the space"
    if changes_items(path):
        return "a space needs the path of an existing value; change the list in the spec itself"
    return None


def _overlaps(section: Node, resolved: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each path whose value is that of another path, or inside of it.

    Args:
        section: the node of `tune.space`.
        resolved: the complete path of each path.
    """
    paths = [*resolved]
    for path, target in resolved.items():
        outer = next((other for other in paths if other != path and _contains(resolved[other], target)), None)
        is_same = outer is not None and resolved[outer] == target
        if outer is None or (is_same and paths.index(outer) > paths.index(path)):
            continue
        message = (
            f"same value as {outer}; remove one of them"
            if is_same
            else f"inside {outer}, which the sweep replaces as a whole; write this space inside the options of {outer}"
        )
        link = Link(section.key_mark(outer), outer)
        yield Problem(section.key_mark(path), f"{section.path}.{path}", message, related=(link,))


def _contains(outer: str, path: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _resolved(spec: Spec, path: str, value: Node, mark: Mark) -> str:
    """Return the complete path of the value: with the class of its component, and the index of its item."""
    value = copied(value)
    tree = copied(spec.tree)
    assign(tree, path, value, mark, default_at)
    repath(tree)
    return value.path


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
