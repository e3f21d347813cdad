"""The diagnosis of a run from its folder alone."""

from __future__ import annotations

from pathlib import Path

from kpipe.checks.checked_spec import checked
from kpipe.judge.judge_run import verdicts_on
from kpipe.judge.verdict import Verdict
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.recorded_stages import recorded_stages


def diagnose_folder(path: Path) -> list[Verdict]:
    """Return the verdicts about a run, whose places are those in its `spec.yaml`; runs none of its custom code.

    Args:
        path: the folder of a run that has ended.

    Raises:
        DataError: it is not the folder of a run that has ended, or a file is damaged.
        SpecError: its spec is not valid in this version.
    """
    folder = RunFolder(path)
    folder.existing(RunFile.RESULT)
    spec = checked(folder.existing(RunFile.SPEC), (), run=False, data=False)
    recipes = folder.read_json(RunFile.RESULT).get("recipes", ())
    return verdicts_on(recorded_stages(spec, recipes), folder)
