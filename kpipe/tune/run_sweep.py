"""Running a sweep in a new folder, or resuming it in the folder of an earlier start."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.errors import ArgumentError, DataError, SpecError, TrainingError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.counted import counted
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.spec.node import Node, split_component
from kpipe.spec.reader import read
from kpipe.spec.refusal import refusal
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.resume.code_changes import code_changes
from kpipe.train.resume.resume_call import resume_call
from kpipe.train.resume.spec_meaning import description_differences
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import write_spec
from kpipe.train.run_folder.starts import Starts
from kpipe.trials.executor import Executor
from kpipe.trials.local_executor import LocalExecutor
from kpipe.tune.check_data import check_data
from kpipe.tune.journal import Journal
from kpipe.tune.results.sweep_report import SweepReport
from kpipe.tune.run_stages import run_stages
from kpipe.tune.sweep import Sweep
from kpipe.tune.sweep_files import SweepFile
from kpipe.tune.sweep_plan import SweepPlan

#: Parts of a spec that can differ when a sweep is resumed; imported files are compared by their contents.
_CHANGEABLE = ("imports", "tune.max_consecutive_failures", "tune.resources")

#: Callbacks that each trial has, and those that replace them.
_ADDED: dict[str, tuple[str, ...]] = {"ExplosionDetector": (), "BatchStatistics": ("PolyakAveraging",)}


def run_sweep(
    spec: CheckedSpec, output: Path | None, *, workers: int = 1, resume: bool = False, reporter: Reporter | None = None
) -> Path:
    """Run the sweep of a spec.

    Args:
        spec: a checked spec with a section `tune`.
        output: the folder of the sweep, new or empty; None for the next free `runs/NAME/N`.
        workers: number of trials that run at the same time, at least 1.
        resume: whether to continue the sweep in `output`, or to start it.
        reporter: receives messages and the results.

    Returns:
        The folder.

    Raises:
        SpecError: the section `tune` cannot be used.
        DataError: the folder is not empty, or contains another sweep.
        TrainingError: no trial has a score, too many trials failed, or a file cannot be written.
        KeyboardInterrupt: interrupted; the sweep can be resumed.
    """
    reporter, began = reporter or Reporter(), datetime.now(UTC)
    plan = SweepPlan.of(spec)
    if resume and output is None:
        raise DataError(f"{call_argument('resume')} requires the folder; add {call_argument('output', 'DIR')}")
    if not resume:
        RunFolder.refuse_taken(output)
    check_data(plan, reporter.say)
    with _executor(plan, workers) as executor, contextlib.ExitStack() as stack:
        folder = (
            RunFolder.reopen(output, "sweep") if resume and output is not None else RunFolder.create(output, spec.name)
        )
        stack.enter_context(folder.owned())
        stack.enter_context(reporter.logging_to(folder / RunFile.LOG))
        if (folder / SweepFile.JOURNAL).exists():
            _refuse_other_spec(folder, spec)
        else:
            if resume:
                reporter.say(f"no sweep has begun in {folder.path} yet; it starts from the beginning")
            _write_specs(folder, spec)
        Starts(folder).add(spec.origin, began, reporter.take_messages())
        folder.begin()
        journal = stack.enter_context(Journal(folder / SweepFile.JOURNAL))
        # No trial writes into the folder after this process has released it.
        stack.callback(executor.close)
        _run(plan, folder, journal, executor, reporter, workers)
    return folder.path


def _executor(plan: SweepPlan, workers: int) -> LocalExecutor:
    """Return an executor with the resources of the spec.

    Raises:
        SpecError: this machine does not have them.
    """
    resources = plan.tune.resources
    try:
        executor = LocalExecutor(workers, cpus=resources.cpus, gpus=resources.gpus)
        if resources.gpus:
            executor.wait_until_ready()
    except ArgumentError as error:
        if error.argument == "workers":
            raise
        raise refusal(plan.spec.place, f"tune.resources.{error.argument}", error.message) from error
    return executor


def _run(
    plan: SweepPlan, folder: RunFolder, journal: Journal, executor: Executor, reporter: Reporter, workers: int
) -> None:
    """Run the stages, and report however they end."""
    report = SweepReport(plan, folder, reporter, workers)
    sweep = Sweep(
        plan=plan,
        folder=folder.path,
        journal=journal,
        executor=executor,
        say=reporter.say,
        trial_ended=lambda trial: report.trial_ended(sweep, trial),
    )
    report.begin(journal.events)
    try:
        run_stages(sweep)
    except KeyboardInterrupt:
        # The trials save their states while the pictures are drawn.
        executor.interrupt()
        report.end(sweep)
        executor.close()
        reporter.say(f"resume with: {resume_call(folder.path, action='tune', workers=workers)}")
        raise
    except BaseException:
        report.end(sweep)
        raise
    report.end(sweep)
    if sweep.best is None:
        reasons = "".join(f"\n    trial {trial.number}: {trial.reason or trial.status}" for trial in sweep.trials)
        raise TrainingError(f"{folder.path}: {counted(len(sweep.trials), 'trial')} and no score:{reasons}")


def _write_specs(folder: RunFolder, spec: CheckedSpec) -> None:
    """Write the spec of the sweep, and the one that each trial starts from."""
    write_spec(folder, spec, {})
    lists = {"train.callbacks": spec.train.callbacks, **_callbacks_of_stages(spec)}
    missing = [
        f"{path}.+={name}"
        for path, callbacks in lists.items()
        for name, others in _ADDED.items()
        if not _contains(callbacks, (name, *others))
    ]
    folder.write_text(SweepFile.TRIAL, read(folder / SweepFile.SPEC, ["tune=null", *missing]).dump())


def _callbacks_of_stages(spec: CheckedSpec) -> dict[str, Node]:
    """Return the lists of callbacks that stages of the training have instead of that of the training, by path."""
    stages = spec.tree.entries["train"].entries["stages"]
    lists = {f"{stage.path}.callbacks": stage.get("callbacks") for stage in stages.items if stage.is_mapping}
    return {path: node for path, node in lists.items() if node is not None and node.is_list}


def _contains(callbacks: Node | None, names: tuple[str, ...]) -> bool:
    items = callbacks.items if callbacks is not None else []
    return any((split_component(item) or ("",))[0].endswith(names) for item in items)


def _refuse_other_spec(folder: RunFolder, spec: CheckedSpec) -> None:
    """Refuse a spec that differs from that of the sweep in the folder.

    Raises:
        DataError: they differ; the message lists the values.
    """
    file = folder / SweepFile.SPEC
    try:
        before = read(file)
    except SpecError as error:
        raise DataError(f"{folder.path} contains no readable {SweepFile.SPEC}: {error}") from error
    old, now = (read_text(text, "the spec").plain() for text in (before.dump(), spec.dump()))
    changes = [
        *(
            change
            for change in description_differences(old, now, known_only=False)
            if not change.path.startswith(_CHANGEABLE)
        ),
        *code_changes(folder, before, spec),
    ]
    if changes:
        listed = "\n    ".join(map(str, changes))
        raise DataError(
            f"{folder.path} contains a sweep of another spec; the differences:\n    {listed}\n"
            f"resume it with {file}, or begin a new sweep in another folder"
        )
