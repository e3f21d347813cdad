"""The training of one stage; a training without stages is a single one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kpipe_callbacks import LayerStatistics

from kpipe.checks.stage_epochs import total_epochs
from kpipe.messages.progress import progress
from kpipe.messages.reporter import Reporter
from kpipe.train.callbacks.added_metrics import AddedMetrics
from kpipe.train.callbacks.step_callbacks import explosions
from kpipe.train.devices.replica_step import ReplicaStep
from kpipe.train.full_batch.full_batch_step import FullBatchStep
from kpipe.train.full_batch.iteration_metrics import IterationMetrics
from kpipe.train.interruption import Interrupted, Interruption
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.loop import Ending, Loop
from kpipe.train.measurements.measurements import Measurements
from kpipe.train.plan import Plan
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Checkpoints
from kpipe.train.resume.training_state import Captured
from kpipe.train.run_control import RunControl
from kpipe.train.run_folder.history import History
from kpipe.train.run_folder.layer_report import LayerReport
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.tensorboard_curves import Curves
from kpipe.train.setup.setup import Setup
from kpipe.train.stages.stage_record import StageRecord
from kpipe.train.stages.stage_start import StageStart
from kpipe.train.step_sizes import step_sizes


@dataclass(kw_only=True)
class StageTraining:
    """Trains one stage; a training without stages is a single one.

    Args:
        setup: the setup of the stage.
        plan: its plan, with the best weights of the whole training.
        folder: the run folder.
        reporter: receives the progress.
        history: the history of the whole training.
        checkpoints: the folder of the checkpoints.
        environment: as in `Checkpointing`.
        control: as in `Loop`.
        began: the value of `time.perf_counter` at the start of the training, less the seconds of earlier starts.
        saved: the state to resume from, which belongs to this stage; None to start from the beginning.
        before: what the earlier stages have done.
    """

    setup: Setup
    plan: Plan
    folder: RunFolder
    reporter: Reporter
    history: History
    checkpoints: Checkpoints
    environment: Mapping[str, Any]
    control: RunControl
    began: float
    saved: Captured | None = None
    before: Sequence[StageRecord] = ()

    def __post_init__(self) -> None:
        self._start = StageStart.after(self.before)
        self.measurements = Measurements.of(self.setup, self.plan, self.folder, self._start)
        self._seconds = 0.0

    def run(self, curves: Curves, interruption: Interruption) -> Ending:
        """Train until the last epoch of the stage, or until something ends it before.

        Args:
            curves: write for TensorBoard.
            interruption: ends the training after a step.

        Raises:
            DataError: as in `Loop.run`.
            Interrupted: the training was interrupted; its state is saved.
            TrainingError: a file could not be written.
        """
        steps = len(step_sizes(self.setup.spec.train, self.setup.prepared))
        display = progress(self.reporter, total_epochs(self.setup.whole.train), steps, self.began)
        reports = [
            LayerReport(entry, self.history, curves, self._start)
            for entry in self.plan.callbacks
            if isinstance(entry, LayerStatistics)
        ]
        observers = [*reports, self.history, *self.measurements.observers, curves, display]
        loop = self._loop(steps, observers, interruption)
        try:
            # The result contains the cause of an error, rather than TensorFlow's text about it.
            with (
                self.setup.prepared.worker_errors(),
                self.plan.features.in_use(self.measurements.epochs.sample, self.reporter.say),
            ):
                ending = loop.run()
        finally:
            display.close()
            self._seconds += loop.step_seconds
        if (waiting := self.setup.prepared.waiting).seconds:
            self.reporter.say(waiting.line(self._seconds))
        return ending

    def record(self, status: str) -> StageRecord:
        """Return what the stage has done until now.

        Args:
            status: how it has ended.
        """
        epochs = len(self.history.rows) - self._start.epochs
        return StageRecord(
            stage=self._start.stage + 1,
            epochs=epochs,
            steps=epochs * len(step_sizes(self.setup.spec.train, self.setup.prepared)),
            status=status,
            explosions=[self._start.within_training(event) for event in explosions(self.plan.callbacks)],
        )

    def _loop(self, steps: int, observers: Sequence[Any], interruption: Interruption) -> Loop:
        options, plan = self.setup.spec.train, self.plan
        arguments = {"labels": plan.objective.labels, "sample_weight": plan.weights, "mixing": plan.mixing}

        def check() -> None:
            self.setup.prepared.check()
            if interruption.requested:
                # There is a checkpoint of this moment, or it is the beginning of the training.
                raise Interrupted("the training was interrupted before its next step")

        def batches(epoch: int, first_step: int) -> Any:
            # Features are computed when the first step begins, after a saved state was restored.
            data: Any = plan.features.data(check)
            return data.batches("train", epoch=epoch, first_step=first_step, **arguments)

        # Those of a step on the whole training part are the batches of the first epoch, always the same.
        whole = cache(lambda: batches(0, 0))
        step, callbacks = self._step(), plan.callbacks
        if isinstance(step, FullBatchStep):
            callbacks = [*callbacks, IterationMetrics()]
        return Loop(
            model=self.setup.built.model,
            batches=(lambda epoch, first_step: [whole()]) if isinstance(step, FullBatchStep) else batches,
            steps=steps,
            epochs=options.epochs,
            best_weights=plan.best_weights,
            callbacks=callbacks,
            validator=plan.validator,
            every_epochs=options.validate_.every_epochs,
            every_steps=options.validate_.every_steps,
            observers=observers,
            checkpointing=self._checkpointing(),
            interruption=interruption,
            step=step,
            control=self.control,
            check_data=self.setup.prepared.check,
            measure=self.measurements.epochs.evaluate,
            added_metrics=AddedMetrics(plan.names, self.reporter.say),
            start=self._start,
            hands_over=self.setup.stage is not None and not self.setup.stage.is_last,
        )

    def _step(self) -> FullBatchStep | ReplicaStep | None:
        """Return the step of the training; None for that of Keras."""
        distribution = self.setup.devices.distribution
        if is_full_batch(self.setup.spec.train):
            return FullBatchStep(self.setup.built.model, distribution)
        return ReplicaStep(self.setup.built.model, distribution) if distribution is not None else None

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
            began=self.began,
            say=self.reporter.say,
            stages=self.before,
        )
