"""All checks of a spec that do not need its data."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kpipe import components
from kpipe.checks.block_paths import block_paths
from kpipe.checks.ignored_codes import unknown_codes
from kpipe.checks.origin import Origin
from kpipe.checks.space_check import edge_values, space_problems
from kpipe.checks.sweep_objective import objective_problems
from kpipe.components.callback_outputs import output_problems
from kpipe.components.custom_code.imports import CustomCode, import_code
from kpipe.components.inspection.kinds import plural
from kpipe.components.registry.registry import using
from kpipe.components.vocabulary_file import read_vocabularies
from kpipe.errors import Mark, Problem, SpecError
from kpipe.model.code_columns import code_column_problems
from kpipe.model.definition_check import definition_problems
from kpipe.model.metric_columns import metric_columns
from kpipe.model.metric_names import metric_name_problems
from kpipe.model.use_check import use_problems
from kpipe.nearest import few_suggestions, nearest
from kpipe.space.search_space import SearchSpace
from kpipe.spec.items import is_item_name, item_problem, list_remedy
from kpipe.spec.missing_path import missing_path
from kpipe.spec.node import Node, kind_of, split_component
from kpipe.spec.paths import path_of
from kpipe.spec.paused_garbage_collection import paused_garbage_collection
from kpipe.spec.problem_at import problem_at
from kpipe.spec.reader import name_fault, read, variant
from kpipe.spec.sections.slot import Slot
from kpipe.spec.spec import Spec

#: The components whose arguments are paths that a run reads.
_WITH_PATHS = ("data.source", "train.start_from")


@dataclass
class CheckedSpec(Spec):
    """A spec with checked components and model, and with absolute paths.

    Args:
        code: the custom code of its `imports`.
        origin: who has read it, and with which overrides.

    Example:
        >>> checked("kpipe:digits").code.entries
        []
    """

    code: CustomCode = field(kw_only=True)
    origin: Origin = field(default_factory=Origin, kw_only=True)

    @classmethod
    def of(cls, spec: Spec, code: CustomCode, origin: Origin) -> CheckedSpec:
        """Return a spec with its code and origin; sections that were evaluated are not evaluated again."""
        copy = cls(**{entry.name: getattr(spec, entry.name) for entry in fields(Spec)}, code=code, origin=origin)
        vars(copy).update({name: value for name, value in vars(spec).items() if name not in vars(copy)})
        return copy

    def with_values(self, values: Sequence[tuple[str, Node, Mark]]) -> CheckedSpec:
        """Return a copy with other values, which were checked as those of a search space.

        Args:
            values: path, value and place of the path for each value.

        Raises:
            SpecError: the values do not fit together.
        """
        problems: list[Problem] = []
        copy = variant(self, values, problems)
        if problems:
            raise SpecError(problems)
        with using(self.code.in_use):
            _make_paths_absolute(copy, self.code)
        return CheckedSpec.of(copy, self.code, self.origin)


@paused_garbage_collection()
@few_suggestions()
def checked(
    path: str | Path | Mapping[str, Any],
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    run: bool = True,
    say: Callable[[str], None] | None = None,
    data: bool | None = None,
) -> CheckedSpec:
    """Return the resolved spec of a file, with absolute paths, after all checks that do not need its data.

    Args:
        path: a YAML file, `kpipe:NAME` for a shipped one, or another source that `kpipe.load` accepts.
        overrides: strings `PATH=VALUE` as on the command line, or a mapping from path to value.
        run: whether code that the spec imports, and code of plug-ins, is run.
        say: receives a message for each file or module that is run.
        data: whether missing files and folders of the data are errors; by default they are reported only if there are
            other problems.

    Raises:
        SpecError: the spec is not valid; it contains all problems in the order of their places.
    """
    problems: list[Problem] = []
    spec = read(path, overrides, problems)
    num_read = len(problems)
    code = import_code(spec.tree.entries["imports"], problems, run=run, say=say)
    with using(code.in_use):
        _check(spec, problems)
        problems += space_problems(spec, _check, [*problems])
        if not spec.unreadable:  # a value that was not read may use them
            problems += _unread_variables(spec, {problem.suggestion for problem in problems})
        if data or (data is None and problems):
            problems += _missing_files(spec)
            problems += code_column_problems(spec, _make_source_absolute)
    problems[num_read:] = [problem for problem in problems[num_read:] if problem.mark not in spec.unreadable]
    if problems:
        raise SpecError(problems)
    with using(code.in_use):
        _make_paths_absolute(spec, code)
    return CheckedSpec.of(spec, code, Origin.of(spec.file, overrides, code.packages))


def _check(spec: Spec, problems: list[Problem]) -> None:
    """Check the components and the model of a spec."""
    for holder in (spec.tree.entries["model"], spec.tree.entries["blocks"]):
        read_vocabularies(holder, spec.file, problems)
    for node, slot in spec.components(problems):
        _check_slot(node, slot, problems)
        if slot.kind == "callback":
            problems += output_problems(node)
    definitions = definition_problems(spec)
    problems += _once(
        [
            *definitions,
            *use_problems(spec, definitions=definitions),
            *(metric_name_problems(spec) if "train" not in spec.broken else ()),
            *objective_problems(spec, metric_columns(spec)),
            *unknown_codes(spec),
        ]
    )


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return one problem for each error: the last one found, which has the most uses."""
    return list({(problem.mark, problem.path, problem.message): problem for problem in problems}.values())


def _check_slot(node: Node, slot: Slot, problems: list[Problem]) -> None:
    if isinstance(node.value, str) and node.value in slot.words:
        return None
    if node.value is None and slot.default is None:
        return None
    if slot.many == "one":
        return _check_component(node, slot, problems)
    lists = node.entries.values() if slot.many == "mapping" and node.is_mapping else [node]
    for entries in lists:
        if not entries.is_list:
            words = f", or one of {', '.join(slot.words)}" if slot.words else ""
            words = " and names of items" if slot.items else words
            meant = nearest(str(entries.value), slot.words) if entries.is_text else None
            message = (
                f"expected a list of {plural(slot.kind)}{words}, got {kind_of(entries.value)}{list_remedy(entries)}"
            )
            problems.append(Problem(entries.mark, entries.path, message, meant))
        for entry in entries.items:
            if slot.items and is_item_name(entry):
                continue
            if not (isinstance(entry.value, str) and entry.value in slot.words and entry.value != "auto"):
                _check_component(entry, slot, problems)
    return None


def _unread_variables(spec: Spec, meant: set[str | None]) -> list[Problem]:
    """Return the problems of unused variables of the file itself; a misspelled one would have no effect."""
    variables = spec.tree.entries["vars"]
    read = spec.mentioned
    return [
        Problem(variables.key_mark(name), f"vars.{name}", "unused variable", nearest(name, read))
        for name in variables.entries
        if not (name in read or name in meant or name_fault(name)) and variables.key_mark(name).file == str(spec.file)
    ]


def _check_component(node: Node, slot: Slot, problems: list[Problem]) -> None:
    article = "an" if slot.kind[0] in "aeiou" else "a"
    problem = item_problem(node, f"{article} {slot.kind}{' or the name of an item' if slot.items else ''}")
    meant = nearest(str(node.value), slot.words) if node.is_text else None
    if problem is not None:
        problems.append(problem)
    elif node.is_text and node.value in slot.words:
        message = f"`{node.value}` replaces the whole list; write it without a list"
        problems.append(problem_at(node, message))
    elif meant:
        message = f"unknown {slot.kind} {node.value!r}; available besides classes: {', '.join(slot.words)}"
        problems.append(problem_at(node, message, meant))
    else:
        components.check(node, slot.kind, node.path, problems)


def _make_paths_absolute(spec: Spec, code: CustomCode) -> None:
    """Replace paths relative to the file that contains them by absolute paths."""
    spec.paths.update({entry.path: str(entry.file) for entry in code.files})
    blocks, model = (spec.tree.entries[key] for key in ("blocks", "model"))
    passed = block_paths(
        blocks, model, lambda layer: [*_path_nodes(layer, "layer"), *_path_nodes(layer, "application")]
    )
    for node in (*_read_paths(spec), *_searched_paths(spec), *passed):
        node.value = spec.paths[node.path] = str(path_of(node))
    for node in _paths_of_layers(spec):
        # Parameters of blocks are known only when the model is built.
        with contextlib.suppress(SpecError):
            node.value = spec.paths[node.path] = str(path_of(spec.evaluated(node)))


def _make_source_absolute(source: Node) -> None:
    for node in _path_nodes(source):
        node.value = str(path_of(node))


def _read_paths(spec: Spec) -> Iterator[Node]:
    """Yield the paths of the data and of saved weights."""
    yield from _path_nodes(spec.data.source)
    if spec.train.start_from is not None:
        yield from _path_nodes(spec.train.start_from, "start")


def _paths_of_layers(spec: Spec) -> Iterator[Node]:
    """Yield the paths in the arguments of custom layers."""
    for holder in (spec.tree.entries["model"], spec.tree.entries["blocks"]):
        for part in holder.walk():
            if part.is_mapping and len(part.entries) == 1:
                yield from (*_path_nodes(part, "layer"), *_path_nodes(part, "application"))


def _searched_paths(spec: Spec) -> Iterator[Node]:
    """Yield the strings in the search space that are paths of files or folders of the data, or of saved weights."""
    if spec.tune is None:
        return
    space = SearchSpace.read(spec.tune.space, spec.evaluated, [])
    places: set[Mark | None] = set()
    for path, values in edge_values(space).items():
        for value in values if path.startswith(_WITH_PATHS) or path in ("data", "train") else ():
            copy = variant(spec, [(path, value, value.mark)], [])
            places |= {node.mark for node in _read_paths(copy)}
    yield from (part for part in spec.tune.space.walk() if part.is_text and part.mark in places)


def _missing_files(spec: Spec) -> list[Problem]:
    found: list[Problem] = []
    for node in _readable_paths(spec):
        try:
            path = path_of(node)
        except SpecError as error:
            found += error.problems
            continue
        # Unlike `Path.exists`, this is False for a name that is too long.
        if not os.path.exists(path):  # noqa: PTH110
            contents, meant = missing_path(path)
            found.append(problem_at(node, f"file or folder not found: {path}; {contents}", meant))
    return found


def _readable_paths(spec: Spec) -> Iterator[Node]:
    """Yield the paths of the data and of saved weights in a spec that can have other problems."""
    for section, key, kind in (("data", "source", "source"), ("train", "start_from", "start")):
        component = spec.tree.entries[section].get(key)
        with contextlib.suppress(SpecError):
            if component is not None:
                yield from (node for node in _path_nodes(spec.evaluated(component), kind) if not node.is_expression)


def _path_nodes(component: Node, kind: str = "source") -> Iterator[Node]:
    name, arguments = split_component(component) or ("", None)
    known = components.vocabulary().find(kind, name)
    if known is None or arguments is None:
        return
    for key, node in arguments.entries.items():
        if key in known.arguments and known.arguments[key].is_path:
            yield from (part for part in node.walk() if part.is_text and part.value not in known.arguments[key].words)
