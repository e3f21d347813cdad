"""The runs that are compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpipe.errors import DataError
from kpipe.messages.counted import counted
from kpipe.report.runs.find_runs import find_runs
from kpipe.report.runs.read_summary import read_summary
from kpipe.report.runs.run_entry import RunEntry
from kpipe.report.runs.run_summary import RunSummary


@dataclass(frozen=True)
class ComparedRun:
    """A run that is compared.

    Args:
        label: its shortest name: its folder without what all folders have in common.
        summary: what is known about it.
        whole: the cross-validation or sweep that it is a part of, if that was compared; None for a single run.
    """

    label: str
    summary: RunSummary
    whole: RunSummary | None = None


def compared_runs(folders: Sequence[Path], say: Callable[[str], None]) -> list[ComparedRun]:
    """Return the runs in some folders.

    Args:
        folders: folders of runs; those of sweeps and cross-validations contribute all trials and folds, and other
            folders all runs, at any depth, except for those inside of sweeps and cross-validations.
        say: receives a message about each folder that cannot be read.

    Raises:
        DataError: a folder does not exist or contains no runs, or there are fewer than two runs.
    """
    found: dict[Path, tuple[RunEntry, RunSummary | None]] = {}
    for folder in folders:
        entries = find_runs(folder, say)
        if not entries:
            raise DataError(f"{folder} contains no runs; expected the folder of a run, a sweep or a cross-validation")
        is_whole = len(entries) == 1 and entries[0].path == folder and entries[0].content != "run"
        for entry in entries:
            parts = entry.parts() if is_whole else [entry]
            whole = read_summary(entry) if is_whole else None
            for part in parts:
                found.setdefault(part.path.resolve(), (part, whole))
    if len(found) < 2:
        given = ", ".join(map(str, folders))
        raise DataError(
            f"expected at least two runs to compare, got {counted(len(found), 'run')} in {given}; add another run, or "
            "use the folder of several runs, of a sweep or of a cross-validation"
        )
    labels = _labels([entry.path for entry, _ in found.values()])
    pairs = zip(labels, found.values(), strict=True)
    return [ComparedRun(label, read_summary(entry), whole) for label, (entry, whole) in pairs]


def common_folder(runs: Sequence[ComparedRun]) -> Path:
    """Return the innermost folder that contains all runs."""
    return _common([run.summary.path for run in runs])


def _labels(paths: Sequence[Path]) -> list[str]:
    common = _common(paths)
    return [os.path.relpath(path.absolute(), common.absolute()) for path in paths]


def _common(paths: Sequence[Path]) -> Path:
    common = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    return common if any(path.is_absolute() for path in paths) else Path(os.path.relpath(common))
