"""Everything that can be said to be wrong with a spec before its data are opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kpipe import components
from kpipe.components.callback_outputs import output_problems
from kpipe.components.custom_code.imports import CustomCode, import_code
from kpipe.components.registry.registry import using
from kpipe.components.vocabulary_file import read_vocabularies
from kpipe.errors import Problem, SpecError
from kpipe.model.definition_check import definition_problems
from kpipe.model.metric_names import metric_name_problems
from kpipe.model.use_check import use_problems
from kpipe.nearest import few_suggestions, nearest
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, kind_of, split_component
from kpipe.spec.paths import path_of
from kpipe.spec.paused_garbage_collection import paused_garbage_collection
from kpipe.spec.reader import name_fault, read
from kpipe.spec.sections.slot import Slot
from kpipe.spec.spec import Spec


@dataclass
class CheckedSpec(Spec):
    """A spec whose components and model were checked, its paths absolute.

    Args:
        code: the custom code that its `imports` has brought.

    Example:
        >>> checked("kpipe:digits").code.entries
        []
    """

    code: CustomCode = field(kw_only=True)

    @classmethod
    def of(cls, spec: Spec, code: CustomCode) -> CheckedSpec:
        """Return a spec with its custom code; sections that were evaluated are not evaluated again."""
        made = cls(**{entry.name: getattr(spec, entry.name) for entry in fields(Spec)}, code=code)
        vars(made).update({name: value for name, value in vars(spec).items() if name not in vars(made)})
        return made


@paused_garbage_collection()
@few_suggestions()
def checked(
    path: str | Path,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    run: bool = True,
    say: Callable[[str], None] | None = None,
    data: bool = False,
) -> CheckedSpec:
    """The resolved spec of a file: its form, its values, its components and its model checked, its paths absolute.

    Args:
        path: a YAML file, or `kpipe:NAME` for a shipped one.
        overrides: `PATH=VALUE` texts as on the command line, or a mapping from path to value.
        run: whether the code that the spec imports, and that of plug-ins, may be run.
        say: is told what code is run.
        data: whether files and folders that the data name must exist; where anything else is wrong, those that do
            not are said in any case.

    Raises:
        SpecError: with all problems at once, in the order of their places.
    """
    problems: list[Problem] = []
    spec = read(path, overrides, problems)
    of_form = len(problems)
    code = import_code(spec.tree.entries["imports"], problems, run=run, say=say)
    with using(code.in_use):
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
            ]
        )
        if not spec.unreadable:  # what was not read may have read them
            problems += _unread_variables(spec, {problem.suggestion for problem in problems})
        if problems or data:
            problems += _missing_files(spec)
    problems[of_form:] = [problem for problem in problems[of_form:] if problem.mark not in spec.unreadable]
    if problems:
        raise SpecError(problems)
    with using(code.in_use):
        _make_paths_absolute(spec, code)
    return CheckedSpec.of(spec, code)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each mistake: the last one found, which tells the most about its uses."""
    return list({(problem.mark, problem.path, problem.message): problem for problem in problems}.values())


def _check_slot(node: Node, slot: Slot, problems: list[Problem]) -> None:
    if isinstance(node.value, str) and node.value in slot.words:
        return None
    if slot.many == "one":
        return _check_component(node, slot, problems)
    lists = node.entries.values() if slot.many == "mapping" and node.is_mapping else [node]
    for entries in lists:
        if not entries.is_list:
            words = f", or one of: {', '.join(slot.words)}" if slot.words else ""
            meant = nearest(str(entries.value), slot.words) if entries.is_text else None
            message = f"{kind_of(entries.value)} where a list of {slot.kind}s is expected{words}{_dash(entries)}"
            problems.append(Problem(entries.mark, entries.path, message, meant))
        for entry in entries.items:
            if not (isinstance(entry.value, str) and entry.value in slot.words and entry.value != "auto"):
                _check_component(entry, slot, problems)
    return None


def _dash(node: Node) -> str:
    names = list(node.entries) or ([str(node.value)] if node.is_text else [])
    return f"; write `[{names[0]}]`, or `- {names[0]}: …`" if names and CLASS_NAME.match(names[0]) else ""


def _unread_variables(spec: Spec, meant: set[str | None]) -> list[Problem]:
    """Variables of the file itself that no expression reads: a misspelt one would leave the right one as it was."""
    variables = spec.tree.entries["vars"]
    read = spec.mentioned
    return [
        Problem(variables.key_mark(name), f"vars.{name}", "nothing reads this variable", nearest(name, read))
        for name in variables.entries
        if not (name in read or name in meant or name_fault(name)) and variables.key_mark(name).file == str(spec.file)
    ]


def _check_component(node: Node, slot: Slot, problems: list[Problem]) -> None:
    article = "an" if slot.kind[0] in "aeiou" else "a"
    problem = item_problem(node, f"{article} {slot.kind}")
    meant = nearest(str(node.value), slot.words) if node.is_text else None
    if problem is not None:
        problems.append(problem)
    elif node.is_text and node.value in slot.words:
        message = f"`{node.value}` stands alone, not in a list: write `{node.value}`"
        problems.append(Problem(node.mark, node.path, message, related=node.chain))
    elif meant:
        message = f"no {slot.kind} is named {node.value!r}; besides classes there are: {', '.join(slot.words)}"
        problems.append(Problem(node.mark, node.path, message, meant, node.chain))
    else:
        components.check(node, slot.kind, node.path, problems)


def _make_paths_absolute(spec: Spec, code: CustomCode) -> None:
    """Relative paths start from the folder of the file that holds them; the resolved spec has them absolute."""
    spec.paths.update({entry.path: str(entry.file) for entry in code.files})
    for node in _path_nodes(spec.data.source):
        node.value = spec.paths[node.path] = str(path_of(node))


def _missing_files(spec: Spec) -> list[Problem]:
    source = spec.tree.entries["data"].get("source")
    try:
        evaluated = spec.evaluated(source) if source is not None else None
    except SpecError:
        return []
    nodes = [node for node in _path_nodes(evaluated) if not node.is_expression] if evaluated is not None else []
    found: list[Problem] = []
    for node in nodes:
        try:
            path = path_of(node)
        except SpecError as error:
            found += error.problems
            continue
        # Unlike `Path.exists`, this is False for a name that is too long to be one.
        if not os.path.exists(path):  # noqa: PTH110
            found.append(Problem(node.mark, node.path, f"there is no file or folder {path}", related=node.chain))
    return found


def _path_nodes(source: Node) -> Iterator[Node]:
    name, arguments = split_component(source) or ("", None)
    known = components.vocabulary().find("source", name)
    if known is None or arguments is None:
        return
    for key, node in arguments.entries.items():
        if key in known.arguments and known.arguments[key].is_path:
            yield from (part for part in node.walk() if part.is_text)
