"""The search for run folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kpipe.errors import DataError
from kpipe.report.runs.run_entry import RunEntry, natural_key


def find_runs(folder: Path, say: Callable[[str], None]) -> list[RunEntry]:
    """Return the runs, cross-validations and sweeps in a folder at any depth, without those inside of these.

    Links to folders are not followed, except for `folder` itself.

    Args:
        folder: the folder, which can be one of them.
        say: receives a message about each folder that cannot be read.

    Returns:
        The entries in the order of their paths, with numbers in numeric order.

    Raises:
        DataError: the folder does not exist or cannot be read.
    """
    if not folder.is_dir():
        reason = "is a file" if folder.exists() else "does not exist"
        raise DataError(f"{folder} {reason}; expected a folder that contains runs; by default they are in runs")
    found: list[RunEntry] = []
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as entries:
                listed = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
            entry = RunEntry.of(path, listed)
        except OSError as error:
            if path == folder:
                raise DataError(f"{folder} cannot be read: {error.strerror or error}") from error
            say(f"{path} cannot be read: {error.strerror or error}")
            continue
        if entry is not None:
            found.append(entry)
        else:
            waiting += [path / name for name, is_folder in listed.items() if is_folder]
    return sorted(found, key=lambda entry: natural_key(entry.path))
