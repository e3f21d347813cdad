"""The differences between the code that a spec imports and that of an earlier start."""

from __future__ import annotations

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.run_files import RunFile
from kpipe.spec.spec import Spec
from kpipe.train.resume.change import Change, CodeChange
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import imported_files


def code_changes(folder: RunFolder, before: Spec, now: CheckedSpec) -> list[Change | CodeChange]:
    """Return the files under `imports` that differ from those that an earlier start has copied.

    Args:
        folder: the folder of the run or of the sweep.
        before: the spec in the folder.
        now: the current spec.
    """
    code = imported_files(now)
    found = [
        CodeChange(name, "the code has changed")
        for name, content in code.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    listed = before.tree.entries["imports"].plain() or []
    gone = [name for name in listed if str(name).startswith(f"{RunFile.IMPORTS}/") and name not in code]
    return [*found, *(CodeChange(name, "it is no longer imported") for name in gone)]
