"""One training, from its plan to the files of the run folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from kpipe_callbacks import ExplosionError

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.data.augment.resolved_lists import resolved_lists
from kpipe.data.cores import cores
from kpipe.data.resolved_scales import resolved_scales
from kpipe.errors import DataError, TrainingError
from kpipe.keras_internals import learning_rate_source
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.printed_output import PrintedOutput
from kpipe.messages.redirected_output import redirected_output
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.callbacks.atomic_saves import atomic_saves
from kpipe.train.callbacks.callback_failure import callback_failure, close_files
from kpipe.train.callbacks.callback_state import discard_files
from kpipe.train.callbacks.step_callbacks import complete_model
from kpipe.train.changed_run import refuse_changed_run
from kpipe.train.completion import NOT_EVALUATED, Completion
from kpipe.train.devices.device_names import device_names
from kpipe.train.devices.process_state import training
from kpipe.train.evaluated_data import EvaluatedData
from kpipe.train.failure_reason import explosion, kept_model, no_model
from kpipe.train.interruption import Interruption
from kpipe.train.loop import Ending
from kpipe.train.plan import Plan
from kpipe.train.planned_run import PlannedRun
from kpipe.train.planned_stages import PlannedStages
from kpipe.train.resume.checkpoint_mismatch import CheckpointMismatchError
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.earlier_progress import last_epoch_actions, saved_state
from kpipe.train.resume.earlier_spec import Earlier
from kpipe.train.resume.resume_call import resume_call
from kpipe.train.resume.training_state import Captured
from kpipe.train.run import Run
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.result import Status, versions
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import write_spec
from kpipe.train.run_folder.starts import Starts
from kpipe.train.run_folder.tensorboard_curves import Curves
from kpipe.train.setup.report_findings import report_findings
from kpipe.train.setup.setup import Setup, stage_lines
from kpipe.train.stage_training import StageTraining
from kpipe.train.stages.stage_record import StageRecord
from kpipe.train.stages.stage_start import StageStart

#: Called when a run has ended, also if it has exploded, with its spec, folder, reporter, result and data; returns the
#: result with what it has added to `result.json`.
Judge = Callable[[CheckedSpec, RunFolder, Reporter, dict[str, Any], EvaluatedData], dict[str, Any]]


def train(
    setup: Setup,
    folder: RunFolder,
    *,
    reporter: Reporter | None = None,
    resume: bool = False,
    earlier: Earlier | None = None,
    control: RunControl | None = None,
    files: Mapping[str, bytes] | None = None,
    judge: Judge | None = None,
) -> Run:
    """Train the model of a spec and write the run folder.

    The folder is valid at any time: the spec and the description of the data are written at the start, the history and
    a checkpoint after each epoch, and the model and the result at the end, also if the training fails or is
    interrupted.

    Args:
        setup: the spec, the data, the model and the devices; the model is not compiled yet.
        folder: the run folder; new and empty, or with `resume` that of an earlier start.
        reporter: receives messages and the summary; by default it writes to standard error and standard output.
        resume: whether to resume from the newest state in the folder, if there is one.
        earlier: the spec of the earlier start; None if it is identical.
        control: pauses or ends the training after an epoch; by default it trains until the end.
        files: further files for the folder by name, such as `check.json`; by default none.
        judge: called when the run has ended; by default nothing is.

    Returns:
        The run; its model has the weights that were kept.

    Raises:
        SpecError: the section `train` does not fit the model or the data; nothing has been trained.
        DataError: the data or the model differ from those of the earlier start.
        TrainingError: the training exploded, a sample could not be read or augmented, or a file could not be written.
        KeyboardInterrupt: the training was interrupted; its state and the best model so far are saved.
    """
    reporter = reporter or Reporter()
    with training(), folder.abandon_on_error(), contextlib.ExitStack() as stack:
        stack.enter_context(reporter.logging_to(folder / RunFile.LOG))
        stack.callback(setup.prepared.close)
        prepared = _prepare(setup, folder, reporter, resume, earlier, control or RunControl(), judge)
        stack.callback(prepared.close)
        for name, content in (files or {}).items():
            folder.write_bytes(name, content)
        return prepared.run()


def _prepare(
    setup: Setup,
    folder: RunFolder,
    reporter: Reporter,
    resume: bool,
    earlier: Earlier | None,
    control: RunControl,
    judge: Judge | None,
) -> _Training:
    """Do everything that is checked and written before the first step, and return the training."""
    environment = {**versions(), "cores": cores(), "replicas": setup.devices.replicas}
    lines: list[str] = []
    saved = saved_state(folder, environment, lines.append) if resume else None
    stages = PlannedStages(setup, folder)
    setup, plan = stages.begin(0 if saved is None else saved.position.stage)
    if saved is not None and setup.stage is not None:
        for line in stage_lines(setup, is_resumed=True):
            reporter.say(line)
    _report(setup, plan, reporter)
    planned = PlannedRun.of(setup, plan)
    if resume:
        refuse_changed_run(folder, earlier, planned, reporter.say)
    for line in lines:
        reporter.say(line)
    if resume:
        _restore_callback_files(setup, plan, folder, saved, reporter)
    _write_inputs(planned, folder, reporter)
    guard = FormulaGuard()
    guard.line(plan.names)
    if notice := guard.notice(f"the header of {RunFile.HISTORY}"):
        reporter.say(notice)
    initialized = plan.initializations.apply(reporter.say) if saved is None else []
    starts = _add_start(setup, folder, reporter, initialized)
    return _Training(
        setup=setup,
        plan=plan,
        stages=stages,
        folder=folder,
        reporter=reporter,
        environment=environment,
        starts=starts,
        saved=saved,
        control=control,
        judge=judge,
    )


def _add_start(setup: Setup, folder: RunFolder, reporter: Reporter, initialized: Sequence[Mapping[str, Any]]) -> Starts:
    """Record this start with all that it has reported."""
    starts = Starts(folder)
    starts.add(
        setup.spec.origin,
        setup.began,
        reporter.take_messages(),
        devices=device_names(setup.devices),
        replicas=setup.devices.replicas,
        cores=cores(),
        **({} if setup.started_from is None else {"start_from": setup.started_from.to_dict()}),
        **({"initialize": [*initialized]} if initialized else {}),
    )
    return starts


def _report(setup: Setup, plan: Plan, reporter: Reporter) -> None:
    for entry in setup.spec.code.entries:
        reporter.note(f"ran the code of {entry.file or entry.name}")
    report_findings(setup.findings, reporter)
    for line in plan.notices:
        reporter.say(line)
    for line in plan.warnings:
        reporter.warn(line)


def _restore_callback_files(
    setup: Setup, plan: Plan, folder: RunFolder, saved: Captured | None, reporter: Reporter
) -> None:
    """Prepare the files that callbacks have written for the state from which the training resumes."""
    if saved is None:
        for callback in plan.callbacks:
            discard_files(callback, folder.path)
        return
    every = setup.spec.train.validate_.every_epochs
    before = StageStart.after(saved.stages).epochs
    if done := last_epoch_actions(folder, saved.position.epoch, every, plan.callbacks, before):
        reporter.say(done)


def _write_inputs(planned: PlannedRun, folder: RunFolder, reporter: Reporter) -> None:
    """Write the spec, the description of the data, and the skipped samples."""
    setup, description = planned.setup, {**planned.description, "fingerprint": planned.fingerprint.describe()}
    values = {**resolved_scales(setup.given, setup.prepared), **resolved_lists(setup.given)}
    write_spec(folder, setup.given, values)
    folder.write_json(RunFile.DATA, description)
    if bad := setup.prepared.dataset.bad:
        rows = [(entry.sample, entry.reason) for entry in bad]
        guard = folder.write_csv(RunFile.BAD_SAMPLES, ("sample", "reason"), rows)
        if notice := guard.notice(RunFile.BAD_SAMPLES):
            reporter.say(notice)


@dataclass(kw_only=True)
class _Training:
    """Runs the training, and saves its results regardless of how it ends."""

    setup: Setup
    plan: Plan
    stages: PlannedStages
    folder: RunFolder
    reporter: Reporter
    environment: Mapping[str, Any]
    starts: Starts
    saved: Captured | None
    control: RunControl
    judge: Judge | None

    def __post_init__(self) -> None:
        self.checkpoints = Checkpoints(self.folder / RunFile.CHECKPOINTS)
        self._warned: list[str] = []
        has_stages = self.setup.stage is not None
        self.history = History(self.folder, self.plan.names, self._learning_rate, has_stages=has_stages)
        self._began = time.perf_counter() - (self.saved.more["seconds"] if self.saved is not None else 0.0)
        self._records = [] if self.saved is None else [*self.saved.stages]
        self._stage = self._stage_training(self.saved)

    def _stage_training(self, saved: Captured | None) -> StageTraining:
        self.history.stage = 1 + len(self._records)
        return StageTraining(
            setup=self.setup,
            plan=self.plan,
            folder=self.folder,
            reporter=self.reporter,
            history=self.history,
            checkpoints=self.checkpoints,
            environment=self.environment,
            control=self.control,
            began=self._began,
            saved=saved,
            before=[*self._records],
        )

    def close(self) -> None:
        """End the data processes of the current stage."""
        self.setup.prepared.close()

    @property
    def model(self) -> keras.Model:
        """The training model."""
        return self.setup.built.model

    def run(self) -> Run:
        """Train, save and report; the output that callbacks print is reported as messages."""
        printed = PrintedOutput(self.reporter)
        try:
            with self.setup.prepared.worker_errors(), redirected_output(printed):
                run = self._run()
            printed.end()
            return run
        except tf.errors.OpError as error:
            raise TrainingError(
                f"the training failed in TensorFlow: {_reason(error)}; "
                f"the finished epochs are saved in {self.folder.path}"
            ) from error
        except CheckpointMismatchError:
            raise
        except DataError as error:
            # The data were accepted before the first step, so it is not the spec or the call that is wrong.
            raise TrainingError(f"{error}; the finished epochs are saved in {self.folder.path}") from error

    def _run(self) -> Run:
        status = self._trained()
        failure = None
        if status in ("paused", "pruned"):
            close_files(self.plan.callbacks)
            self.reporter.say(f"{status} after epoch {len(self.history.rows)}; its state is saved")
            self._report_resume_command()
        if status == "exploded":
            failure = explosion(
                len(self.history.rows),
                self._stage.record(status).explosions,
                self.plan.best_weights,
                self.folder.path,
                has_learning_rate=getattr(self.model.optimizer, "has_learning_rate", True),
                stop_reason=getattr(self.model.optimizer, "stop_reason", None),
            )
        elif status not in ("paused", "pruned") and self.plan.best_weights.moment is None:
            rule = self.setup.spec.train.validate_.every_epochs
            status, failure = no_model(self.plan.best_weights, len(self.history.rows), rule)
        try:
            run = self._completed(status, failure)
        except KeyboardInterrupt:
            self._report_resume_command()
            raise
        self.checkpoints.keep_newest()
        if failure is not None:
            raise TrainingError(f"{self.folder.path}: {failure}")
        return run

    def _completed(self, status: Status, failure: str | None) -> Run:
        """Save and evaluate the kept model, write the result, and let the run be judged."""
        completion, run = self._complete(status, failure)
        if self.judge is not None:
            data = EvaluatedData(self.setup.prepared, completion.shown)
            run.result = self.judge(self.setup.whole, self.folder, self.reporter, run.result, data)
        return run

    def _complete(self, status: Status, failure: str | None = None) -> tuple[Completion, Run]:
        """Save and evaluate the kept model, and write the result."""
        records = [*self._records, self._stage.record(status)]
        stop_reason = getattr(self.model.optimizer, "stop_reason", None)
        sample = self._stage.measurements.epochs.sample
        kept = self._stage_of_kept(records)
        if kept != len(self._records) and status not in NOT_EVALUATED:
            # The callbacks and the frozen layers of its stage complete the model.
            self._use(*self.stages.repeat(kept))
        completion = Completion(
            setup=self.setup,
            plan=self.plan,
            folder=self.folder,
            reporter=self.reporter,
            history=self.history,
            starts=self.starts,
            sample=sample,
            began=self._began,
            stages=records if self.setup.stage is not None else (),
            explosions=[event for record in records for event in record.explosions],
            stop_reason=stop_reason,
        )
        return completion, completion.run(status, failure)

    def _use(self, setup: Setup, plan: Plan) -> None:
        """Use the setup and the plan of another stage, with the best weights of all stages."""
        self.setup, self.plan = setup, replace(plan, best_weights=self.plan.best_weights)

    def _stage_of_kept(self, records: Sequence[StageRecord]) -> int:
        """Return the number of stages before the one whose model is kept."""
        moment = self.plan.best_weights.moment
        return len(self._records) if moment is None else StageStart.of_epoch(moment.epoch, records).stage

    def _trained(self) -> Status:
        """Run the loop and return how it ended; if it ends with an error, write the result before raising it."""
        curves = Curves(self.folder / RunFile.TENSORBOARD, self._learning_rate)
        self.folder.begin()
        try:
            with Interruption(self._warn) as interruption, atomic_saves(self.model):
                ending = self._stage.run(curves, interruption)
                while self._continues(ending):
                    self._begin_next_stage(ending)
                    ending = self._stage.run(curves, interruption)
            self._stage.measurements.steps.finish()
            return ending
        except BaseException as error:
            for text in self._warned:
                self.reporter.note(text)
            # A disk that is full for one file is full for the others, and the first error contains the remedy.
            with contextlib.suppress(TrainingError):
                self._stage.measurements.steps.finish()
            self._save_after(error)
            raise
        finally:
            curves.close()

    def _continues(self, ending: Ending) -> bool:
        """Return whether another stage follows."""
        stage = self.setup.stage
        return stage is not None and not stage.is_last and ending in ("completed", "stopped_early")

    def _begin_next_stage(self, ending: Ending) -> None:
        """Begin the next stage with the weights of the current one."""
        former = self._stage
        self._records.append(former.record(ending))
        # The next stage begins with what this one would keep, such as statistics from a pass over the data.
        complete_model(self.plan.callbacks, partial(self.plan.training_data, self.setup.prepared))
        before, known = self.setup, {*self.plan.notices}
        self._use(*self.stages.continue_with(len(self._records)))
        if before.prepared is not self.setup.prepared:
            before.prepared.close()
        for line in (*stage_lines(self.setup), *(line for line in self.plan.notices if line not in known)):
            self.reporter.say(line)
        # Files of a start that was killed in this stage before its first checkpoint.
        for callback in self.plan.callbacks:
            discard_files(callback, self.folder.path)
        self._stage = self._stage_training(None)
        for name, file in self._stage.measurements.files.items():
            file.set_state(former.measurements.files[name].state())

    def _save_after(self, error: BaseException) -> None:
        """Write the result of a training that ended with `error`, and raise the error for the user if it is another."""
        if isinstance(error, KeyboardInterrupt):
            self.reporter.say(f"interrupted: {self._saved_at_interrupt()}")
            self._complete("interrupted")
            self._report_resume_command()
        elif isinstance(error, ExplosionError):
            reason = f"{error}; {kept_model(self.plan.best_weights, self.folder.path)}"
            self._completed("exploded", reason)
            raise TrainingError(reason) from error
        elif isinstance(error, Exception):
            failure = callback_failure(error, self.folder.path)
            close_files(self.plan.callbacks)
            # A disk that is full for a checkpoint is full for the result too; the first error contains the remedy.
            with contextlib.suppress(TrainingError):
                self._complete("failed", failure or f"{type(error).__name__}: {error}")
            if failure is not None:
                raise TrainingError(failure) from error

    def _warn(self, text: str) -> None:
        # A signal handler must not use a Python stream, which the interrupted code may be writing to. A notebook shows
        # the interruption a step later.
        self._warned.append(text)
        if not self.reporter.quiet and not isinstance(self.reporter.messages, NotebookStream):
            with contextlib.suppress(OSError):
                os.write(2, f"\n{text}\n".encode())

    def _report_resume_command(self) -> None:
        self.reporter.say(f"resume with: {resume_call(self.folder.path, self.plan.elsewhere)}")

    def _saved_at_interrupt(self) -> str:
        moment = self.plan.best_weights.moment
        if moment is None:
            return "no model has been kept yet; the state of the training is saved"
        return f"saving the model of epoch {moment.epoch}"

    def _learning_rate(self) -> float | None:
        if learning_rate_source(getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)) is None:
            return None
        # An optimizer that consists of several optimizers has more than one learning rate.
        with contextlib.suppress(AttributeError, ValueError):
            return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        return None


def _reason(error: tf.errors.OpError) -> str:
    """Return the message of the failed operation without the description of the graph."""
    lines = [line.strip() for line in str(error.message).splitlines()]
    nodes = [index for index, line in enumerate(lines) if line.startswith("[[{{node") and index]
    message = lines[nodes[0] - 1] if nodes else next((line for line in lines if line), "")
    return f"{type(error).__name__}: {message}"
