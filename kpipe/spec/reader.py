"""Reading of a spec: merges files, applies overrides, adds defaults and validates the sections."""

from __future__ import annotations

import contextlib
import keyword
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.messages.call_argument import is_command_line
from kpipe.nearest import few_suggestions, listed, nearest
from kpipe.run_files import RunFile
from kpipe.spec.defaults import default_at, filled
from kpipe.spec.expressions.expression import ExpressionError, names_in, parse
from kpipe.spec.expressions.short_value import short_value
from kpipe.spec.items import glued_key, list_remedy
from kpipe.spec.merging.merge import merged
from kpipe.spec.merging.override import assign, repath
from kpipe.spec.missing_path import missing_path
from kpipe.spec.name_and_seed import name_and_seed_problems
from kpipe.spec.node import SNAKE_NAME, Node, kind_of
from kpipe.spec.overrides import read_overrides
from kpipe.spec.paths import path_of
from kpipe.spec.sections.misplaced import misplaced
from kpipe.spec.sections.registered import sections
from kpipe.spec.spec import Spec
from kpipe.spec.spec_source import SpecSource, spec_source
from kpipe.spec.top_level import FILE_KEYS, LATER, containers, top_level
from kpipe.spec.variables import variables
from kpipe.spec.yaml_text.yaml_reader import read_file

SHIPPED = "kpipe:"
_NAMED = f"shipped specs have names such as {SHIPPED}digits"
RESERVED = ("classes", "codes", "input_shape", "channels", "previous")
#: Most values that one `set`, or one command line, replaces.
MAX_OVERRIDES = 1_000
#: Most files in a chain of `extends`.
MAX_EXTENDS = 32
#: Most values of a file and the files that it extends.
MAX_VALUES = 200_000


@few_suggestions()
def read(
    path: str | Path | Mapping[str, Any],
    overrides: Sequence[str] | Mapping[str, Any] = (),
    problems: list[Problem] | None = None,
) -> Spec:
    """Return the resolved spec of a file.

    Args:
        path: a YAML file, `kpipe:NAME` for a shipped one, or another source that `spec_source` accepts.
        overrides: strings `PATH=VALUE` with values in YAML, as on the command line; or a mapping from path to value.
        problems: receives all problems, so that the caller can add more before raising them; by default they are
            raised here.

    Raises:
        SpecError: the spec is invalid; the error contains all problems of its form.

    Example:
        >>> read("kpipe:digits", ["train.epochs=3"]).train.epochs
        3
    """
    found: list[Problem] = []
    source = spec_source(path, found)
    file = Path(source.name) if source is not None else spec_file(str(path))
    mentioned: set[str] = set()
    tree = _extended(file, None, [], found, mentioned, [], source)
    is_whole = not any(problem.path == "extends" for problem in found)
    unreadable = {problem.mark for problem in found}
    changes = read_overrides(overrides, found)
    for _, value, _ in changes:
        _add_names(value, mentioned)
    if is_whole:
        _apply(tree, changes, found)
    spec = _spec_of(tree, file, found, is_whole)
    spec.mentioned, spec.unreadable = mentioned, unreadable
    # Problems that follow from a value that could not be read exactly are not reported.
    found = [p for n, p in enumerate(found) if p.mark not in unreadable or n < len(unreadable)]
    if found and problems is None:
        raise SpecError(found)
    if problems is not None:
        problems += found
    return spec


def variant(spec: Spec, values: Sequence[tuple[str, Node, Mark]], problems: list[Problem]) -> Spec:
    """Return a copy of a spec with other values, as with overrides.

    Args:
        spec: the spec.
        values: path, value and place of the path for each value.
        problems: receives the problems of the form of the copy.
    """
    tree = copied(spec.tree)
    # A value receives the path of its place in the copy.
    _apply(tree, [(path, copied(value), mark) for path, value, mark in values], problems)
    copy = _spec_of(tree, spec.file, problems, is_whole=True)
    copy.mentioned, copy.unreadable = spec.mentioned, spec.unreadable
    return copy


def copied(node: Node) -> Node:
    """Return a deep copy of a node with the same marks."""
    value = node.value
    if isinstance(value, dict):
        value = {key: copied(entry) for key, entry in value.items()}
    elif isinstance(value, list):
        value = [copied(item) for item in value]
    return replace(node, value=value, keys=dict(node.keys))


def _spec_of(tree: Node, file: Path, found: list[Problem], is_whole: bool) -> Spec:
    """Return the spec of a merged tree with its defaults; `found` receives the problems of its form."""
    repath(tree)
    found += _form_problems(tree, is_whole)
    broken = _remove_invalid_keys(tree)
    spec = _filled(tree, file, broken, found)
    found += name_and_seed_problems(spec)
    for key in sections():
        if key not in broken:
            _collect(found, lambda k=key: getattr(spec, k))  # type: ignore[misc]
    return spec


def spec_file(path: str | Path, mark: Mark | None = None) -> Path:
    """Return the file of a spec: the path itself, or the file of the shipped spec `kpipe:NAME`.

    Raises:
        SpecError: the shipped spec does not exist; the message lists the available ones.
    """
    text = str(path)
    if not text.startswith(SHIPPED):
        return Path(path)
    name = text.removeprefix(SHIPPED)
    shipped = shipped_specs()
    if name not in shipped:
        meant = nearest(name, shipped)
        message = f"unknown shipped spec {name!r}; available: {', '.join(shipped)}"
        place = mark or Mark(text, 1, 1, 1, len(text) + 1)
        raise SpecError([Problem(place, "", message, f"{SHIPPED}{meant}" if meant else None)])
    return shipped[name]


def shipped_specs() -> dict[str, Path]:
    """Return the files of the shipped specs by name, such as `digits`."""
    folder = Path(str(files("kpipe"))) / "pipelines"
    if not folder.is_dir():
        folder = folder.parent.parent / "pipelines"
    return {str(f.relative_to(folder).with_suffix("")): f for f in sorted(folder.rglob("*.yaml"))}


def _meant_file(file: Path, mark: Mark | None) -> str | None:
    """Return the YAML file that was probably meant: in a folder, beside a missing file, or shipped with kpipe."""
    try:
        if file.exists():
            spec = file / RunFile.SPEC
            return str(spec) if spec.is_file() else None
        if mark is None and str(file) in shipped_specs():
            return f"{SHIPPED}{file}"
        entries = [entry for entry in sorted(file.parent.iterdir()) if entry.name != file.name]
        names = [entry.name for entry in entries if entry.suffix.lower() in (".yaml", ".yml")]
    except OSError:
        return None
    if (meant := nearest(file.name, names)) is not None:
        return str(file.with_name(meant))
    shipped = nearest(file.stem, shipped_specs()) if mark is None else None
    return shipped and f"{SHIPPED}{shipped}"


def _extended(
    file: Path,
    mark: Mark | None,
    chain: list[Path],
    problems: list[Problem],
    mentioned: set[str],
    sizes: list[int],
    source: SpecSource | None = None,
) -> Node:
    resolved = Path(os.path.realpath(file))
    if len(chain) > MAX_EXTENDS:
        message = f"too many files extend each other; expected at most {MAX_EXTENDS}"
        raise SpecError([Problem(mark, "extends", message)])
    if resolved in chain:
        loop = " -> ".join(str(p) for p in [*chain[chain.index(resolved) :], resolved])
        raise SpecError([Problem(mark, "extends", f"files extend each other in a cycle: {loop}")])
    try:
        tree = source.tree if source is not None else read_file(file, mark, problems)
    except SpecError as error:
        if mark is None and "=" in str(file) and is_command_line():
            message = f"{error.problems[0].message}; to set a value of the spec, write --set {file}"
            raise SpecError([replace(error.problems[0], message=message)]) from None
        if (meant := _meant_file(file, mark)) is not None:
            raise SpecError([replace(error.problems[0], suggestion=meant)]) from None
        if mark is None and ": " in str(file) and not is_command_line():
            message = f"{error.problems[0].message}; a string of YAML contains a line break or begins with `{{`"
            raise SpecError([replace(error.problems[0], message=message)]) from None
        if not os.path.lexists(file) and error.problems[0].message.endswith("no such file"):
            found, _ = missing_path(resolved, (".yaml", ".yml"))
            listing = "`kpipe list specs` lists the shipped specs" if is_command_line() else _NAMED
            other = f"; {listing}" if mark is None else ""
            message = f"{error.problems[0].message}; {found}{other}"
            raise SpecError([replace(error.problems[0], message=message)]) from None
        raise
    sizes.append(_add_names(tree, mentioned))
    if sum(sizes) > MAX_VALUES:
        message = f"the spec and the files it extends have too many values; expected at most {MAX_VALUES:,} in total"
        raise SpecError([Problem(mark, "extends", message)])
    if not tree.is_mapping:
        got = "an empty file" if tree.value is None else kind_of(tree.value)
        message = f"expected a mapping with keys such as name, data, model and train, got {got}"
        raise SpecError([Problem(tree.mark, "", message)])
    base, own_set = tree.entries.pop("extends", None), tree.entries.pop("set", None)
    if base is not None and not _collect(
        problems,
        lambda: _merge_base(tree, _base(file, base, [*chain, resolved], problems, mentioned, sizes), problems),
        "extends",
    ):
        return tree
    if own_set is not None and not own_set.is_mapping:
        got = kind_of(own_set.value)
        message = f"expected a mapping from path to value, such as `set: {{train.epochs: 3}}`, got {got}"
        problems.append(Problem(own_set.mark, "set", message))
    elif own_set is not None:
        _apply(tree, [(key, value, own_set.key_mark(key)) for key, value in own_set.entries.items()], problems)
    return tree


def _add_names(tree: Node, mentioned: set[str]) -> int:
    """Add the names that expressions below a node use to `mentioned`; return the number of values below the node."""
    count = 0
    for part in tree.walk():
        count += 1
        if part.is_expression:
            with contextlib.suppress(ExpressionError):
                mentioned.update(names_in(parse(str(part.value)[1:])))
    return count


def _base(
    file: Path, base: Node, chain: list[Path], problems: list[Problem], mentioned: set[str], sizes: list[int]
) -> Node:
    if not isinstance(base.value, str) or base.is_expression:
        got = "an expression" if base.is_expression else kind_of(base.value)
        remedy = "; a spec extends one file, which can extend another" if base.is_list else ""
        message = f"expected the path of a file, or kpipe:NAME for a shipped spec, got {got}{remedy}"
        raise SpecError([Problem(base.mark, "extends", message)])
    base_file = spec_file(base.value, base.mark)
    if not base.value.startswith(SHIPPED):
        absolute = path_of(base)
        base_file = absolute if base.value.startswith("~") else file.parent / base_file
    return _extended(base_file, base.mark, chain, problems, mentioned, sizes)


def _merge_base(tree: Node, base: Node, problems: list[Problem]) -> None:
    result = merged(base, tree, problems)
    tree.value, tree.keys = result.value, result.keys


def _apply(tree: Node, overrides: Sequence[tuple[str, Node, Mark]], problems: list[Problem]) -> None:
    if len(overrides) > MAX_OVERRIDES:
        path, _, mark = overrides[MAX_OVERRIDES]
        allowed = f"expected at most {MAX_OVERRIDES:,}, got {len(overrides):,}"
        message = f"too many overrides; {allowed}; write the values into the spec"
        problems.append(Problem(mark, short_value(path)[1:-1], message))
    for path, value, mark in overrides[:MAX_OVERRIDES]:
        _collect(problems, lambda p=path, v=value, m=mark: assign(tree, p, v, m, default_at))  # type: ignore[misc]


def _form_problems(tree: Node, is_whole: bool) -> list[Problem]:
    """Return the problems of top-level keys, names of variables, and keys that this version does not support."""
    problems: list[Problem] = []
    keys = top_level()
    known = [*keys, *FILE_KEYS]
    for path, what in LATER.items():
        node = _find(tree, path)
        if node is not None:
            message = f"this version of kpipe does not support {what} (`{path}`); remove the key"
            problems.append(Problem(_key_place(tree, path), path, message))
    for key in tree.entries:
        if key not in known and key not in LATER:
            glued = glued_key(key)
            meant = None if glued else nearest(key, known)
            elsewhere = None if glued or meant else misplaced(key, key)
            allowed = f"allowed: {listed(known, meant, len(known))}"
            message = glued or f"unknown key {key!r}; {elsewhere or allowed}"
            problems.append(Problem(tree.key_mark(key), key, message, meant))
    misspelled = {nearest(key, known) for key in tree.entries if key not in known}
    for key, default in keys.items():
        if default is ... and tree.get(key) is None and is_whole and not misspelled & {key, "extends"}:
            problems.append(Problem(tree.mark, "", f"missing key {key!r}"))
    problems += _vars_problems(tree) + _container_problems(tree)
    return problems


def _vars_problems(tree: Node) -> list[Problem]:
    return [
        Problem(variables.key_mark(key), f"vars.{key}", message)
        for variables in [tree.get("vars")]
        if variables is not None
        for key in variables.entries
        if (message := name_fault(key))
    ]


def name_fault(name: str) -> str | None:
    """Return why a string is not a valid name of a variable, a parameter or an index; None if it is valid."""
    if not SNAKE_NAME.match(name) or keyword.iskeyword(name):
        return f"{name!r} is not a valid name in an expression; use snake_case, and avoid Python keywords"
    if name in RESERVED:
        return f"{name!r} is reserved; {', '.join(RESERVED)} are defined by kpipe; choose another name"
    return None


def _container_problems(tree: Node) -> list[Problem]:
    """Return the problems of top-level values that must be a mapping or a list and are not."""
    problems: list[Problem] = []
    keys = top_level()
    for key, shape in containers().items():
        node = tree.get(key)
        if node is None:
            continue
        if node.value is None and keys[key] is None:
            continue
        if node.value is None and shape is dict and keys[key] is not ...:
            node.value = {}
        if not isinstance(node.value, shape):
            expected = "a mapping" if shape is dict else "a list"
            glued = glued_key(node.value) if isinstance(node.value, str) else None
            message = f"expected {expected}, got {kind_of(node.value)}{list_remedy(node) if shape is list else ''}"
            problems.append(Problem(node.mark, key, f"{message}; {glued}" if glued else message))
        elif key == "model" and not node.value:
            problems.append(Problem(node.mark, key, "expected at least one item, got an empty list"))
    return problems


def _remove_invalid_keys(tree: Node) -> frozenset[str]:
    """Remove keys with reported problems from the tree, so that the rest can be checked; return the top-level ones."""
    broken, keys = set(), top_level()
    for path in LATER:
        *parents, key = path.split(".")
        parent = _find(tree, ".".join(parents)) if parents else tree
        if parent is not None and parent.is_mapping:
            parent.entries.pop(key, None)
    for key in [key for key in tree.entries if key not in (*keys, *FILE_KEYS)]:
        del tree.entries[key]
    for key, shape in containers().items():
        node, is_optional = tree.get(key), keys[key] is None
        if node is None:
            is_broken = keys[key] is ...
        else:
            is_broken = not isinstance(node.value, shape) and not (is_optional and node.value is None)
        if is_broken:
            broken.add(key)
            tree.entries[key] = Node(None if is_optional else shape(), tree.key_mark(key), path=key)
    if tree.get("name") is None:
        tree.entries["name"] = Node("unnamed", tree.mark, path="name")
    return frozenset(broken)


def _filled(tree: Node, file: Path, broken: frozenset[str], problems: list[Problem]) -> Spec:
    entries = dict(tree.entries)
    ordered: dict[str, Node] = {}
    for key, value in top_level().items():
        default = default_at(key) if value is not None else None
        ordered[key] = entries.get(key) or Node(default.value if default else value, tree.mark)
    tree.value = ordered
    for key, section in sections().items():
        if ordered[key].value is not None:
            filled(ordered[key], section)
    repath(tree)
    return Spec(tree, variables(ordered["vars"], problems), file, broken=broken)


def _find(tree: Node, path: str) -> Node | None:
    node: Node | None = tree
    for part in path.split("."):
        node = node.get(part) if node is not None else None
    return node


def _key_place(tree: Node, path: str) -> Mark:
    *parents, key = path.split(".")
    parent = _find(tree, ".".join(parents)) if parents else tree
    return (parent or tree).key_mark(key)


def _collect(problems: list[Problem], action: Callable[[], object], path: str | None = None) -> bool:
    """Call `action` and append the problems of its error, with `path` if given; return whether it succeeded."""
    try:
        action()
    except SpecError as error:
        problems += error.problems if path is None else [replace(problem, path=path) for problem in error.problems]
        return False
    return True
