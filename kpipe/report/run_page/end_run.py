"""What follows the training of a run: its diagnosis and its page."""

from __future__ import annotations

from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.judge.diagnosis.read_evidence import ENDED
from kpipe.judge.judge_run import judge_run
from kpipe.messages.reporter import Reporter
from kpipe.report.run_page.sample_pictures import write_sample_pictures
from kpipe.report.run_page.write_run_page import write_run_page
from kpipe.train.evaluated_data import EvaluatedData
from kpipe.train.run_folder.run_folder import RunFolder


def end_run(
    spec: CheckedSpec, folder: RunFolder, reporter: Reporter, result: dict[str, Any], data: EvaluatedData
) -> dict[str, Any]:
    """Diagnose a run that has ended, and write its page with pictures; nothing is done if it can be continued.

    Args:
        spec: the spec of the run.
        folder: its folder.
        reporter: receives the verdicts, and the path of the page.
        result: its result.
        data: its data, from which the pictures of its worst samples are made.

    Returns:
        The result with `verdicts`.

    Raises:
        TrainingError: a file cannot be written.
    """
    judged = judge_run(spec, folder, reporter, result)
    if judged["status"] in ENDED:
        write_sample_pictures(folder, data, reporter.say)
        reporter.say(f"report: {write_run_page(folder.path)}")
    return judged
