"""The newest finished run in a folder with numbered runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from kpipe.errors import DataError
from kpipe.messages.call_argument import is_command_line
from kpipe.messages.listed_columns import listed_columns
from kpipe.report.runs.read_summary import read_summary
from kpipe.report.runs.run_entry import RunEntry, natural_key
from kpipe.report.runs.run_summary import RunSummary
from kpipe.run_files import RunFile

#: The statuses of runs that have trained to their end.
_FINISHED = ("completed", "stopped_early")


def newest_run(folder: Path, say: Callable[[str], None]) -> Path:
    """Return the newest finished run in a folder such as `runs/NAME`, which contains runs with numbers.

    Args:
        folder: the folder. One that is a run itself, or contains no runs, is returned, so that the caller can use it
            or report what is missing.
        say: receives a message about the run that was chosen, and newer ones that are not finished.

    Raises:
        DataError: no numbered run is finished, or the folder contains other runs, of which none is the newest.
    """
    if not folder.is_dir() or RunEntry.of(folder) is not None or (folder / RunFile.MODEL).exists():
        return folder
    entries = [entry for path in sorted(_folders(folder), key=natural_key) if (entry := RunEntry.of(path)) is not None]
    numbered = [entry for entry in entries if entry.path.name.isdecimal()]
    if not numbered:
        _refuse_several(folder, entries)
        return folder
    newer: list[RunSummary] = []
    for entry in reversed(numbered):
        summary = read_summary(entry)
        if entry.content == "run" and summary.status in _FINISHED and (entry.path / RunFile.MODEL).exists():
            others = f"; not finished: {_listed(newer)}" if newer else ""
            say(f"using {entry.path}, the newest finished run in {folder}{others}")
            return entry.path
        newer.append(summary)
    raise DataError(
        f"{folder} contains no finished run with a model; expected the folder of a run, or one with such runs, got "
        f"{_listed(newer)}{_hint(folder)}"
    )


def _refuse_several(folder: Path, entries: Sequence[RunEntry]) -> None:
    """Raise an error if a folder contains runs without numbers, or folders with runs, of which one has to be chosen."""
    deeper = [path for path in _folders(folder) if any(RunEntry.of(inner) is not None for inner in _folders(path))]
    if not entries and not deeper:
        return
    candidates = sorted([*(entry.path for entry in entries), *deeper], key=natural_key)
    raise DataError(
        f"{folder} contains several runs; expected one of them, or a folder of runs with numbers; use one of "
        f"{listed_columns(list(map(str, candidates)))}{_hint(folder)}"
    )


def _hint(folder: Path) -> str:
    return f"; `kpipe runs {shlex.quote(str(folder))}` lists all" if is_command_line() else ""


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _listed(summaries: Sequence[RunSummary]) -> str:
    texts = [
        f"{summary.path.name} ({summary.status if summary.content == 'run' else summary.content})".replace("_", " ")
        for summary in summaries
    ]
    return listed_columns(texts)
