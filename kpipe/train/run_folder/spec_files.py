"""The resolved spec in a run folder, and the files that it imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


def import_names(spec: CheckedSpec) -> dict[str, str]:
    """Return the names in the run folder of the files that a spec imports, by dotted path."""
    return {entry.path: f"{RunFile.IMPORTS}/{entry.file.name}" for entry in spec.code.files}


def imported_files(spec: CheckedSpec) -> dict[str, bytes]:
    """Return the contents of the files that a spec imports, by their names in the run folder."""
    names = import_names(spec)
    return {names[entry.path]: entry.content for entry in spec.code.files}


def write_spec(folder: RunFolder, spec: CheckedSpec, resolved: Mapping[str, Any]) -> None:
    """Write the resolved spec and the files that it imports.

    Args:
        folder: the run folder, in which the files are replaced.
        spec: a checked spec.
        resolved: the values that the data decided, by dotted path.

    Raises:
        TrainingError: a file cannot be written.
    """
    for name, content in imported_files(spec).items():
        (folder / name).parent.mkdir(exist_ok=True)
        folder.write_bytes(name, content)
    folder.write_text(RunFile.SPEC, spec.dump({**resolved, **import_names(spec)}))
