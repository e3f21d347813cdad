"""Starting a run in a new folder, or resuming it in the folder of an earlier start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.stage_epochs import stage_epochs
from kpipe.errors import DataError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.reporter import Reporter
from kpipe.spec.refusal import refusal
from kpipe.train.changed_run import refuse_changed_run
from kpipe.train.plan import check_plan
from kpipe.train.planned_run import PlannedRun
from kpipe.train.resume.earlier_progress import finished
from kpipe.train.resume.earlier_spec import Earlier, refuse_changed_spec
from kpipe.train.run import Run
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import Setup, set_up
from kpipe.train.training import Judge, train


def start_run(
    spec: CheckedSpec,
    output: Path | None,
    reporter: Reporter,
    control: RunControl | None = None,
    files: Mapping[str, bytes] | None = None,
    judge: Judge | None = None,
) -> Run:
    """Train the model of a spec in a new run folder; call it inside `spec_session`.

    Args:
        spec: a checked spec.
        output: the run folder, new or empty; None for the next free `runs/NAME/N`.
        reporter: receives messages and the summary.
        control: pauses or ends the training after an epoch; by default it trains until the end.
        files: further files for the folder by name, such as `check.json`; by default none.
        judge: called when the run has ended; by default nothing is.

    Raises:
        SpecError: the spec does not fit the data.
        DataError: the data cannot be used, or the folder is not empty.
        TrainingError: the training exploded, or its results could not be written.
    """
    _refuse_all_folds(spec)
    RunFolder.refuse_taken(output)
    setup = set_up(spec, reporter.say, reports_devices=True)
    folder = RunFolder.create(output, spec.name)
    with folder.owned():
        return train(setup, folder, reporter=reporter, control=control, files=files, judge=judge)


def resume_run(
    spec: CheckedSpec,
    output: Path | None,
    reporter: Reporter,
    control: RunControl | None = None,
    files: Mapping[str, bytes] | None = None,
    judge: Judge | None = None,
) -> Run:
    """Resume the run in a folder; call it inside `spec_session`.

    Args:
        spec: a checked spec.
        output: the run folder; if no run has begun in it, the run starts from the beginning.
        reporter: receives messages and the summary.
        control: pauses or ends the training after an epoch; by default it trains until the end.
        files: further files for the folder by name, such as `check.json`; by default none.
        judge: called when the run has ended, unless it was finished already; by default nothing is.

    Returns:
        The run; if it was finished already, it is returned unchanged.

    Raises:
        SpecError: the spec does not fit the data.
        DataError: the data cannot be used, or the folder contains a run of another spec or other data.
        TrainingError: the training exploded, or its results could not be written.
    """
    _refuse_all_folds(spec)
    if output is None:
        raise DataError(f"{call_argument('resume')} requires the run folder; add {call_argument('output', 'DIR')}")
    folder = RunFolder.reopen(output)
    with folder.owned():
        folder.sweep()
        earlier = refuse_changed_spec(folder, spec)
        ended = finished(folder, stage_epochs(spec.train))
        if ended is not None:
            if earlier is not None:
                _refuse_changed_finished_run(_set_up(spec, folder, earlier, reporter.say), folder, earlier)
            reporter.say(ended)
            return Run.load(folder.path)
        setup = _set_up(spec, folder, earlier, reporter.say, reports_devices=True)
        return train(
            setup,
            folder,
            reporter=reporter,
            resume=True,
            earlier=earlier,
            control=control,
            files=files,
            judge=judge,
        )


def _refuse_all_folds(spec: CheckedSpec) -> None:
    if spec.data.is_cross_validation:
        message = f"this trains one of the folds; write its number from 1 to {spec.data.folds} as data.fold"
        raise refusal(spec.place, "data.folds", message)


def _set_up(
    spec: CheckedSpec,
    folder: RunFolder,
    earlier: Earlier | None,
    say: Callable[[str], None],
    *,
    reports_devices: bool = False,
) -> Setup:
    before = earlier.spec if earlier is not None and earlier.is_other_model else None
    return set_up(spec, say, folder, before, reports_devices=reports_devices)


def _refuse_changed_finished_run(setup: Setup, folder: RunFolder, earlier: Earlier) -> None:
    """Refuse a spec or data that differ from those of a finished run; write nothing into its folder."""
    if not earlier.undecided:
        return
    planned = PlannedRun.of(setup, check_plan(setup))
    refuse_changed_run(folder, earlier, planned, say=lambda message: None)
