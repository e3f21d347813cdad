"""The values of specs that differ between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec, checked
from kpipe.errors import SpecError
from kpipe.report.checked_without_callbacks import checked_without_callbacks
from kpipe.report.comparison.compared_run import ComparedRun
from kpipe.report.comparison.difference_table import Difference
from kpipe.report.spec_changes import spec_changes
from kpipe.report.written_value import written_value
from kpipe.run_files import RunFile

#: The text of a value that is not known.
UNKNOWN = "?"
_ABSENT = "absent"
#: The text of a value that differs in its parts, which have rows of their own.
_CHANGED = "(differs)"


def spec_differences(runs: Sequence[ComparedRun], say: Callable[[str], None]) -> list[Difference]:
    """Return the values of the specs that differ, by their paths as for `--set`.

    Each spec is compared with that of the first run: value by value if it has the same keys, layers and components,
    and by meaning otherwise (see `spec_changes`), where paths are those in the spec of the first run.

    Args:
        runs: at least two runs.
        say: receives a message about each spec that cannot be read.
    """
    first = runs[0]
    reference = _Reference(first)
    found: dict[tuple[str, str], dict[int, str]] = {}
    unknown: set[int] = set()
    for index, run in enumerate(runs[1:], start=1):
        try:
            for path, before, now in reference.changes(run):
                found.setdefault((path, before), {})[index] = now
        except SpecError as error:
            unknown.add(index)
            say(f"{run.summary.path}: the spec cannot be compared: {str(error).splitlines()[0]}")
    # What the first spec does not have has its path in the other spec, in which it can be that of another layer.
    known = {path: texts for (path, before), texts in found.items() if before != _ABSENT}
    changed = {index: [path for path, texts in known.items() if index in texts] for index in range(1, len(runs))}
    rows = []
    for (path, before), texts in found.items():
        others = [
            texts.get(index) or (UNKNOWN if index in unknown else _unchanged(run, path, before, changed[index]))
            for index, run in enumerate(runs[1:], start=1)
        ]
        rows.append(Difference(path, [before, *others]))
    return rows


def _unchanged(run: ComparedRun, path: str, before: str, changed: Sequence[str]) -> str:
    """Return the text of a value of a run that differs only in another run.

    Args:
        run: the run.
        path: the path of the value.
        before: its text in the first run.
        changed: the paths of the values of the run that differ.

    Returns:
        The text in the first run, unless the run has another component there, or other values in it.
    """
    if before == _ABSENT or any(path.startswith(f"{other}.") for other in changed):
        return _ABSENT
    if not any(other.startswith(f"{path}.") for other in changed):
        return before
    # Paths of layers are those of the first run, in which other layers can precede them.
    found = None if path.startswith(("model", "blocks")) else run.summary.spec.value(path)
    return _CHANGED if found is None else written_value(found) if not isinstance(found, str) else found


class _Reference:
    """The spec that others are compared with."""

    def __init__(self, run: ComparedRun) -> None:
        self._run = run
        self._leaves = dict(_leaves(run.summary.spec.content))
        self._checked: CheckedSpec | None = None

    def changes(self, run: ComparedRun) -> Iterator[tuple[str, str, str]]:
        """Yield the path, the text in the reference and that in another run of each value that differs."""
        leaves = dict(_leaves(run.summary.spec.content))
        if self._leaves and leaves.keys() == self._leaves.keys():
            for path, value in self._leaves.items():
                if value != leaves[path] or isinstance(value, bool) != isinstance(leaves[path], bool):
                    yield path, written_value(value), written_value(leaves[path])
            return
        if self._checked is None:
            self._checked = _read(self._run)
        for change, times in spec_changes(_read(run), self._checked).items():
            yield change.path, _with_times(change.now, times), _with_times(change.before, times)


def _with_times(text: str, times: int) -> str:
    return text if times == 1 or text == _ABSENT else f"{text} ({times} times)"


def _read(run: ComparedRun) -> CheckedSpec:
    # Overrides can contain absolute paths for callbacks, which a spec must not.
    file = run.summary.path / RunFile.SPEC
    try:
        return checked(file, run=False)
    except SpecError:
        return checked_without_callbacks(file, run=False)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of all scalars, and of lists of scalars as a whole."""
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and any(isinstance(entry, list | Mapping) for entry in value):
        for index, entry in enumerate(value):
            if isinstance(entry, str):  # a component without arguments, whose name is a part of the structure
                yield f"{path}.{index}.{entry}", None
            else:
                yield from _leaves(entry, f"{path}.{index}")
    else:
        yield path, value
