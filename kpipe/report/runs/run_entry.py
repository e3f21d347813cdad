"""A folder that contains a run, a cross-validation or a sweep."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpipe.run_files import RunFile
from kpipe.train.run_folder.is_in_use import is_in_use
from kpipe.train.run_folder.run_folder import Content

#: Files that only a run writes; `log.txt` and `spec.yaml` alone can be something else.
_SIGNS = frozenset({RunFile.STARTED, RunFile.HISTORY, RunFile.RESULT, RunFile.JOURNAL, RunFile.DATA})


@dataclass(frozen=True)
class RunEntry:
    """A folder that contains a run, a cross-validation or a sweep.

    Args:
        path: the folder.
        content: what it contains.
    """

    path: Path
    content: Content

    @classmethod
    def of(cls, path: Path, names: Collection[str] | None = None) -> RunEntry | None:
        """Return the entry of a folder; None if it contains none of these.

        Args:
            path: the folder.
            names: the names of what it contains, by default read.

        Raises:
            OSError: it cannot be read.
        """
        names = {entry.name for entry in path.iterdir()} if names is None else names
        is_named = RunFile.LOG in names or RunFile.SPEC in names
        is_run = is_named and any(name in names for name in _SIGNS)
        is_run = is_run or (RunFile.HISTORY in names and RunFile.RESULT in names)
        # A run that has just started has locked its folder before it writes more than the log.
        if not is_run and (RunFile.LOG not in names or not is_in_use(path)):
            return None
        if RunFile.JOURNAL in names or RunFile.TRIALS in names:
            return cls(path, "sweep")
        return cls(path, "cross-validation" if RunFile.FOLDS in names else "run")

    def parts(self) -> Sequence[RunEntry]:
        """Return the runs inside: the folds, or the runs of all trials, in the order of their numbers."""
        inner = {"sweep": RunFile.TRIALS, "cross-validation": RunFile.FOLDS}.get(self.content)
        return [] if inner is None else numbered_runs(self.path / inner)


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Return a sort key with which `runs/9` is before `runs/10`.

    Example:
        >>> [str(path) for path in sorted(map(Path, ["a/10", "a/9", "a"]), key=natural_key)]
        ['a', 'a/9', 'a/10']
    """
    pieces = re.findall(r"(\d+)|([^\d]+)", "/".join(path.parts))
    return [(0, int(digits), "") if digits else (1, 0, text) for digits, text in pieces]


def numbered_runs(folder: Path) -> list[RunEntry]:
    """Return the runs in the folders with numbers, or in the folders inside of these, as of several executions.

    Args:
        folder: their parent; without runs if it does not exist.
    """
    if not folder.is_dir():
        return []
    numbered = [entry for entry in folder.iterdir() if entry.name.isdecimal() and entry.is_dir()]
    found: list[RunEntry] = []
    for path in sorted(numbered, key=natural_key):
        entry = RunEntry.of(path)
        found += [entry] if entry is not None else numbered_runs(path)
    return found
