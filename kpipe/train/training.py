"""One training, from its plan to the files of the run folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from kpipe_callbacks import ExplosionError, LayerStatistics

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.data.augment.resolved_lists import resolved_lists
from kpipe.data.cores import cores
from kpipe.data.resolved_scales import resolved_scales
from kpipe.errors import DataError, TrainingError
from kpipe.keras_internals import learning_rate_source
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.plain_progress import PlainProgress
from kpipe.messages.printed_output import PrintedOutput
from kpipe.messages.progress import progress
from kpipe.messages.redirected_output import redirected_output
from kpipe.messages.reporter import Reporter
from kpipe.run_files import RunFile
from kpipe.train.callbacks.added_metrics import AddedMetrics
from kpipe.train.callbacks.atomic_saves import atomic_saves
from kpipe.train.callbacks.callback_failure import callback_failure, close_files
from kpipe.train.callbacks.callback_state import discard_files
from kpipe.train.callbacks.step_callbacks import explosions
from kpipe.train.changed_run import refuse_changed_run
from kpipe.train.completion import Completion
from kpipe.train.devices.device_names import device_names
from kpipe.train.devices.process_state import training
from kpipe.train.devices.replica_step import ReplicaStep
from kpipe.train.evaluated_data import EvaluatedData
from kpipe.train.failure_reason import explosion, kept_model, no_model
from kpipe.train.full_batch.full_batch_step import FullBatchStep
from kpipe.train.full_batch.iteration_metrics import IterationMetrics
from kpipe.train.interruption import Interruption
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.loop import Loop
from kpipe.train.measurements.measurements import Measurements
from kpipe.train.plan import Plan, make_plan
from kpipe.train.planned_run import PlannedRun
from kpipe.train.resume.checkpoint_mismatch import CheckpointMismatchError
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.earlier_progress import last_epoch_actions, saved_state
from kpipe.train.resume.earlier_spec import Earlier
from kpipe.train.resume.resume_call import resume_call
from kpipe.train.resume.training_state import Captured
from kpipe.train.run import Run
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.layer_report import LayerReport
from kpipe.train.run_folder.result import Status, versions
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import write_spec
from kpipe.train.run_folder.starts import Starts
from kpipe.train.run_folder.tensorboard_curves import Curves
from kpipe.train.setup.report_findings import report_findings
from kpipe.train.setup.setup import Setup
from kpipe.train.step_sizes import step_sizes

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
    plan = make_plan(setup, folder)
    _report(setup, plan, reporter)
    planned = PlannedRun.of(setup, plan)
    if resume:
        refuse_changed_run(folder, earlier, planned, reporter.say)
    environment = {**versions(), "cores": cores(), "replicas": setup.devices.replicas}
    saved = saved_state(folder, environment, reporter.say) if resume else None
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
    if done := last_epoch_actions(folder, saved.position.epoch, every, plan.callbacks):
        reporter.say(done)


def _write_inputs(planned: PlannedRun, folder: RunFolder, reporter: Reporter) -> None:
    """Write the spec, the description of the data, and the skipped samples."""
    setup, description = planned.setup, {**planned.description, "fingerprint": planned.fingerprint.describe()}
    values = {**resolved_scales(setup.spec, setup.prepared), **resolved_lists(setup.spec)}
    write_spec(folder, setup.spec, values)
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
        self.history = History(self.folder, self.plan.names, self._learning_rate)
        self.measurements = Measurements.of(self.setup, self.plan, self.folder)
        self._began = time.perf_counter() - (self.saved.more["seconds"] if self.saved is not None else 0.0)
        self._completion = Completion(
            setup=self.setup,
            plan=self.plan,
            folder=self.folder,
            reporter=self.reporter,
            history=self.history,
            starts=self.starts,
            sample=self.measurements.epochs.sample,
            began=self._began,
        )

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
                explosions(self.plan.callbacks),
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
        run = self._completion.run(status, failure)
        if self.judge is not None:
            data = EvaluatedData(self.setup.prepared, self._completion.shown)
            run.result = self.judge(self.setup.spec, self.folder, self.reporter, run.result, data)
        return run

    def _trained(self) -> Status:
        """Run the loop and return how it ended; if it ends with an error, write the result before raising it."""
        epochs = self.setup.spec.train.epochs
        steps = len(step_sizes(self.setup.spec.train, self.setup.prepared))
        curves = Curves(self.folder / RunFile.TENSORBOARD, self._learning_rate)
        display = progress(self.reporter, epochs, steps, self._began)
        self.folder.begin()
        try:
            with Interruption(self._warn) as interruption, atomic_saves(self.model):
                loop = self._loop(steps, curves, display, interruption)
                # The result contains the cause of an error, rather than TensorFlow's text about it.
                with self.setup.prepared.worker_errors():
                    ending = loop.run()
            self.measurements.steps.finish()
            display.close()
            if (waiting := self.setup.prepared.waiting).seconds:
                self.reporter.say(waiting.line(loop.step_seconds))
            return ending
        except BaseException as error:
            display.close()
            for text in self._warned:
                self.reporter.note(text)
            # A disk that is full for one file is full for the others, and the first error contains the remedy.
            with contextlib.suppress(TrainingError):
                self.measurements.steps.finish()
            self._save_after(error)
            raise
        finally:
            display.close()
            curves.close()

    def _save_after(self, error: BaseException) -> None:
        """Write the result of a training that ended with `error`, and raise the error for the user if it is another."""
        if isinstance(error, KeyboardInterrupt):
            self.reporter.say(f"interrupted: {self._saved_at_interrupt()}")
            self._completion.run("interrupted")
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
                self._completion.run("failed", error=failure or f"{type(error).__name__}: {error}")
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

    def _loop(self, steps: int, curves: Curves, display: PlainProgress, interruption: Interruption) -> Loop:
        options, plan = self.setup.spec.train, self.plan
        batches = partial(
            self.setup.prepared.batches,
            "train",
            labels=plan.objective.labels,
            sample_weight=plan.weights,
            mixing=plan.mixing,
        )
        step, callbacks = self._step(), plan.callbacks
        if isinstance(step, FullBatchStep):
            # The batches of the first epoch, always the same.
            dataset = batches(epoch=0)
            callbacks = [*callbacks, IterationMetrics()]
        measuring = [entry for entry in plan.callbacks if isinstance(entry, LayerStatistics)]
        reports = [LayerReport(entry, self.history, curves) for entry in measuring]
        return Loop(
            model=self.model,
            batches=(
                (lambda epoch, first_step: [dataset])
                if isinstance(step, FullBatchStep)
                else (lambda epoch, first_step: batches(epoch=epoch, first_step=first_step))
            ),
            steps=steps,
            epochs=options.epochs,
            best_weights=plan.best_weights,
            callbacks=callbacks,
            validator=plan.validator,
            every_epochs=options.validate_.every_epochs,
            every_steps=options.validate_.every_steps,
            observers=[*reports, self.history, *self.measurements.observers, curves, display],
            checkpointing=self._checkpointing(),
            interruption=interruption,
            step=step,
            control=self.control,
            check_data=self.setup.prepared.check,
            measure=self.measurements.epochs.evaluate,
            added_metrics=AddedMetrics(plan.names, self.reporter.say),
        )

    def _step(self) -> FullBatchStep | ReplicaStep | None:
        """Return the step of the training; None for that of Keras."""
        distribution = self.setup.devices.distribution
        if is_full_batch(self.setup.spec.train):
            return FullBatchStep(self.model, distribution)
        return ReplicaStep(self.model, distribution) if distribution is not None else None

    def _checkpointing(self) -> Checkpointing:
        rule = self.setup.spec.train.checkpoint
        return Checkpointing(
            checkpoints=self.checkpoints,
            best_weights=self.plan.best_weights,
            history=self.history,
            files=self.measurements.files,
            environment=self.environment,
            every_steps=rule.every_steps,
            every_minutes=rule.every_minutes,
            saved=self.saved,
            began=self._began,
            say=self.reporter.say,
        )

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
