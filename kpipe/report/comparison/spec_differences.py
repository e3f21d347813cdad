"""The values of specs that differ between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec, checked
from kpipe.errors import SpecError
from kpipe.report.comparison.compared_run import ComparedRun
from kpipe.report.comparison.difference_table import Difference
from kpipe.report.spec_changes import spec_changes
from kpipe.report.written_value import written_value
from kpipe.run_files import RunFile

#: The text of a value that is not known.
UNKNOWN = "?"
_ABSENT = "absent"


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
    return [
        Difference(
            path,
            [
                before if index == 0 else changed.get(index, UNKNOWN if index in unknown else before)
                for index in range(len(runs))
            ],
        )
        for (path, before), changed in found.items()
    ]


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
        return checked(file, {"train.callbacks": []}, run=False)


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
