"""The diagnosis of a run at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.judge.diagnosis.diagnose import diagnose
from kpipe.judge.diagnosis.read_evidence import ENDED, read_evidence
from kpipe.judge.spec_places import SpecPlaces
from kpipe.judge.verdict import Verdict
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder


def judge_run(spec: CheckedSpec, folder: RunFolder, reporter: Reporter, result: dict[str, Any]) -> dict[str, Any]:
    """Diagnose a run that has ended, add the verdicts to `result.json`, and report them.

    Args:
        spec: the spec of the run.
        folder: its folder.
        reporter: receives the verdicts.
        result: its result; nothing is done if the run can be continued.

    Returns:
        The result with `verdicts`.

    Raises:
        TrainingError: the result cannot be written.
    """
    if result["status"] not in ENDED:
        return result
    verdicts = verdicts_on(spec, folder)
    judged = {**result, "verdicts": [verdict.to_dict() for verdict in verdicts]}
    folder.write_json(RunFile.RESULT, judged)
    for line in described(verdicts):
        reporter.say(line)
    return judged


def verdicts_on(spec: CheckedSpec, folder: RunFolder) -> list[Verdict]:
    """Return the verdicts about a run that has ended.

    Args:
        spec: the spec of the run.
        folder: its folder.

    Raises:
        DataError: it is not the folder of a run that has ended, or a file is damaged.
    """
    evidence = read_evidence(folder)
    places = SpecPlaces(spec, evidence.highest_rate)
    return diagnose(evidence, places, () if spec.checks is None else spec.checks.ignore)


def described(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the lines about verdicts; the first one is the verdict of the run.

    Example:
        >>> described([])
        ['diagnosis: healthy, nothing found']
    """
    if not verdicts:
        return ["diagnosis: healthy, nothing found"]
    return [f"diagnosis: {verdicts[0]}", *(f"also found: {verdict}" for verdict in verdicts[1:])]
