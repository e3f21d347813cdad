"""Running a trial in this process."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError, KpipeError, SpecError
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.devices.process_state import preserve_caller_state
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.spec_session import spec_session
from kpipe.trials.outcome import Outcome, TrialStatus
from kpipe.trials.trial import Trial

#: Called after each epoch with its number and metrics; returns whether to continue.
EpochEnded = Callable[[int, Mapping[str, float]], bool]


def run_trial(trial: Trial, epoch_ended: EpochEnded | None = None, reporter: Reporter | None = None) -> Outcome:
    """Run a trial in this process, and return how it ended; it prints nothing but the traceback of an unknown error.

    Args:
        trial: the trial.
        epoch_ended: called after each epoch with its number and metrics; returns whether to continue.
        reporter: receives messages; by default they are only written to the log in the run folder.

    Returns:
        The outcome, also after an error or Ctrl-C; `killed` and the times are left to what started the process.
    """
    reporter = reporter or log_only()
    before = _result(trial)
    status: TrialStatus | None = None
    reason: str | None = None
    try:
        _run(trial, RunControl(pause_after=trial.pause_after, epoch_ended=epoch_ended), reporter)
    except KeyboardInterrupt:
        status = "interrupted"
    except KpipeError as error:
        status, reason = ("refused" if isinstance(error, SpecError | DataError) else "failed"), str(error)
    except Exception as error:
        traceback.print_exc()
        status, reason = "failed", f"{type(error).__name__}: {error}"
    return _outcome(trial, before, status, reason)


def log_only() -> Reporter:
    """Return a reporter that writes only the log of the run."""
    return Reporter(quiet=True, messages=io.StringIO(), results=io.StringIO())


def _run(trial: Trial, control: RunControl, reporter: Reporter) -> None:
    with preserve_caller_state():
        spec = checked(trial.spec, trial.overrides, say=reporter.say)
        if trial.origin is not None:
            spec.origin = trial.origin.with_overrides(spec.origin.overrides)
    with spec_session(spec, is_run=True):
        from kpipe.judge.judge_run import judge_run
        from kpipe.train.start import resume_run, start_run

        begin = resume_run if trial.resume else start_run
        begin(spec, trial.folder, reporter, control, judge=lambda *found: judge_run(*found[:-1]))


def _outcome(trial: Trial, before: Mapping[str, Any] | None, status: TrialStatus | None, reason: str | None) -> Outcome:
    """Return the outcome; a result that was written after the start tells more than the error."""
    result = _result(trial)
    # A run that has exploded is not trained again.
    is_ended = trial.resume and status == "refused" and (result or {}).get("status") == "exploded"
    if status is None or is_ended or (result is not None and result != before):
        status = result["status"] if result is not None else "failed"
        reason = (result or {}).get("error") or reason
    return Outcome(id=trial.id, status=status, result=result, reason=reason)


def _result(trial: Trial) -> Mapping[str, Any] | None:
    path = trial.folder / RunFile.RESULT
    return RunFolder(trial.folder).read_json(RunFile.RESULT) if path.is_file() else None
