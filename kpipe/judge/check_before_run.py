"""The protocol before a run, in a process that has ended when the run starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.sent_spec import SentSpec
from kpipe.child_processes.child_died import ChildDiedError
from kpipe.child_processes.child_process import ChildProcess
from kpipe.errors import KpipeError, TrainingError
from kpipe.judge.check_result import CheckResult
from kpipe.messages.call_argument import call_argument, is_command_line
from kpipe.messages.counted import counted
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.run_folder.run_folder import RunFolder


def check_before_run(
    spec: CheckedSpec, output: Path | None, reporter: Reporter, *, resume: bool = False, budget: float | None = None
) -> Mapping[str, bytes]:
    """Run the protocol in a child process, and refuse the run if a probe fails; nothing is written into its folder.

    Each process has one strategy, and TensorFlow keeps the memory of a GPU until its process has ended. Call it before
    this process uses a device, outside of `spec_session`.

    Args:
        spec: a checked spec; with `data.folds`, the first fold is checked.
        output: the run folder; None for the next free one.
        reporter: receives the messages of the child, and the table of the results.
        resume: whether the run in the folder is resumed; if it has saved a state, nothing is checked.
        budget: the seconds that the probes may use, above 0; None for the default.

    Returns:
        The files for the run folder by name, `check.json` and `learning_rate.png`; empty if nothing was checked.

    Raises:
        SpecError: the spec does not match the data, or a static check has found an error.
        DataError: the data or the folder cannot be used.
        TrainingError: a probe has failed, or the child process has died.
    """
    if resume and _is_resumed(spec, output):
        reporter.say(f"{output}: this run is resumed, so that nothing is checked")
        return {}
    if not resume:
        RunFolder.refuse_taken(output)
    result = _check_in_child(spec, reporter, budget)
    reporter.show(result.text)
    if result.failures:
        raise _failed(spec, result, reporter)
    return result.files


def _is_resumed(spec: CheckedSpec, output: Path | None) -> bool:
    """Return whether a run does not start from its beginning, or is refused because of its folder."""
    if output is None:
        return True
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    is_divided = spec.data.is_cross_validation
    folder = RunFolder.reopen(output, "cross-validation" if is_divided else "run")
    if is_divided:
        return (folder / RunFile.FOLDS).is_dir()
    is_exploded = (folder / RunFile.RESULT).exists() and folder.read_json(RunFile.RESULT).get("status") == "exploded"
    return is_exploded or Checkpoints(folder / RunFile.CHECKPOINTS).exist


def _check_in_child(spec: CheckedSpec, reporter: Reporter, budget: float | None) -> CheckResult:
    # The run reports the same messages again, so that its folder contains those of the run alone.
    shown = Reporter(reporter.quiet, reporter.messages, reporter.results, reporter.terminal)
    arguments = SentSpec.of(spec), budget, is_command_line()
    try:
        with ChildProcess("kpipe.judge.check_process:run_check", *arguments) as child:
            while isinstance(message := child.receive(), str):
                shown.say(message)
            result: CheckResult = message
            return result
    except ChildDiedError as error:
        if error.crash:
            shown.warn(error.crash)
        remedy = "if memory ran out, lower data.batch_size; to start" if "SIGKILL" in error.reason else "to start"
        raise TrainingError(
            f"the process of the check {error.reason}, and no run was started; {remedy} without a check, remove "
            f"{call_argument('check')}"
        ) from error
    except KpipeError as error:
        # Such an error is a message for the user, whose traceback in the child is of no use.
        del error.__notes__
        raise


def _failed(spec: CheckedSpec, result: CheckResult, reporter: Reporter) -> TrainingError:
    codes = ", ".join(result.codes)
    accepted = ", ".join(sorted({*result.codes, *(() if spec.checks is None else spec.checks.ignore)}))
    # The table contains the verdicts, where it is shown.
    verdicts = "".join(f"\n    {text}" for _, text in result.failures) if reporter.is_silent else ""
    return TrainingError(
        f"the check has found {counted(len(result.failures), 'error')} ({codes}), and no run was started; "
        f"{_written(spec, result)}; correct the spec, accept the findings with `checks: {{ignore: [{accepted}]}}`, or "
        f"remove {call_argument('check')}{verdicts}"
    )


def _written(spec: CheckedSpec, result: CheckResult) -> str:
    try:
        folder = RunFolder.of_check(None, spec.name)
        result.write(folder)
    except KpipeError as error:
        return str(error)
    return f"{folder / RunFile.CHECK} contains what was measured"
