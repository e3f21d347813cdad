"""The training loop: the calls of Keras' `fit` on TensorFlow, with features that `fit` does not have.

It validates within epochs, ends if the loss is not finite, updates the best weights at each evaluated state, writes
checkpoints from which a resumed training is bit-identical, saves its state if it is interrupted, and reads metrics from
the device only when they are used.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import keras
import tensorflow as tf
from kpipe_callbacks.training_session import TrainingSession

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.components.inspection.keras_callbacks import keras_facts
from kpipe.errors import DataError
from kpipe.messages.training_position import TrainingPosition
from kpipe.train.best_weights import BestWeights
from kpipe.train.callbacks.added_metrics import AddedMetrics
from kpipe.train.callbacks.callback_state import callback_state, restore_callback
from kpipe.train.callbacks.evaluation_weights import evaluation_weights
from kpipe.train.callbacks.hooks import Hooks
from kpipe.train.callbacks.step_callbacks import has_exploded, judges_loss, step_callbacks
from kpipe.train.devices.training_variables import read_variable, seed_variables, write_variable
from kpipe.train.interruption import Interrupted, Interruption
from kpipe.train.objective.metric_values import metric_values
from kpipe.train.resume.checkpointing import Checkpointing
from kpipe.train.resume.checkpoints import Position
from kpipe.train.run_control import RunControl
from kpipe.train.stages.stage_start import StageStart
from kpipe.train.validator import Validator

#: Number of steps between two checks that the loss is finite. A running mean that is infinite stays infinite, so no
#: explosion is missed. The unit is steps, not seconds, so that a repeated run ends at the same step.
LOSS_CHECK = 200

#: Runs one step on the next batches and returns the logs. The logs are tensors; reading one waits for the device.
Step = Callable[[Iterator[tuple[tf.Tensor, ...]]], Mapping[str, tf.Tensor]]
Ending = Literal["completed", "stopped_early", "exploded", "paused", "pruned"]
#: Endings after which the state is that between two epochs, so that the training can be resumed.
_RESUMABLE = ("paused", "pruned")


class Observer(Protocol):
    """Receives the events of a training; all metrics are plain numbers."""

    def epoch_begins(self, epoch: int) -> None:
        """Called when an epoch, counted from 1, begins."""

    def step_ends(self, step: int, logs: Mapping[str, tf.Tensor]) -> None:
        """Called when `step` steps of the epoch are done; `logs` are tensors, and reading one waits for the device."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Called after a validation within an epoch."""

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Called after an epoch; the metrics include `val_*` if the epoch was validated, and those of callbacks."""


@dataclass(kw_only=True)
class Loop:
    """One training of a compiled model whose optimizer is built.

    Args:
        model: the model.
        batches: returns the dataset of an epoch of the whole training, counted from 0, without the given number of
            first steps.
        steps: the number of steps of an epoch.
        epochs: the largest number of epochs.
        best_weights: receives each evaluated state.
        callbacks: Keras callbacks, in their order.
        validator: evaluates the validation part; None if there is none.
        every_epochs: the number of epochs between validations; the last epoch is always validated.
        every_steps: the number of steps of the whole training between additional validations; with
            `steps_per_execution` above 1 they follow the call that reaches the step. None for no such validations.
        observers: receive the events.
        checkpointing: writes checkpoints and stores the one to resume from; None for no checkpoints.
        interruption: whether the training has to end after this step; None if it cannot be interrupted.
        step: runs one step on the next batches of an iterator and returns the logs; by default that of Keras.
        control: decides after each epoch whether to continue; by default it does.
        check_data: called before each step of the training and of a validation; raises the error of a data process that
            has died, which would otherwise be noticed after all batches that were prefetched. By default no check.
        measure: called after the validation of an epoch with `check_data`, while the model has the weights that were
            validated; by default nothing is measured.
        added_metrics: selects which of the values that callbacks add to the metrics of an epoch the observers receive.
        hands_over: whether another stage continues with the weights, so that the model keeps those that are evaluated,
            such as re-estimated statistics; default False.
        start: where this training begins if it is a stage of a larger one. Callbacks see the epochs of the stage; the
            observers, `control`, the checkpoints and the best weights those of the whole training.
    """

    model: keras.Model
    batches: Callable[[int, int], tf.data.Dataset]
    steps: int
    epochs: int
    best_weights: BestWeights
    callbacks: Sequence[keras.callbacks.Callback] = ()
    validator: Validator | None = None
    every_epochs: int = 1
    every_steps: int | None = None
    observers: Sequence[Observer] = ()
    checkpointing: Checkpointing | None = None
    interruption: Interruption | None = None
    step: Step | None = None
    control: RunControl = field(default_factory=RunControl)
    check_data: Callable[[], None] | None = None
    measure: Callable[[Callable[[], None] | None], None] | None = None
    added_metrics: AddedMetrics = field(default_factory=AddedMetrics)
    start: StageStart = field(default_factory=StageStart)
    hands_over: bool = False

    def __post_init__(self) -> None:
        self._list = keras.callbacks.CallbackList(
            list(self.callbacks), add_history=True, model=self.model, epochs=self.epochs, steps=self.steps, verbose=0
        )
        self._hooks = Hooks(self._list)
        self._checks_loss = not judges_loss(self.callbacks)
        self._done, self._spent, self._began = 0, 0.0, time.perf_counter()
        #: The time of all steps in seconds, including the time in which they wait for data.
        self.step_seconds = 0.0

    def run(self) -> Ending:
        """Train until the last epoch, until a callback or `control` ends it, or until the loss is not finite.

        Afterwards `best_weights` contains the best weights, and the model has the last ones, or their averages if the
        optimizer has `use_ema`, as after `fit`. If `control` has ended it, `on_train_end` is not called, and the model
        has the weights with which the next epoch would begin.

        Raises:
            DataError: the data of an epoch end before its last step, the saved state belongs to another model, or
                `check_data` has failed.
            Interrupted: the training was interrupted; its state is saved.
            TrainingError: a state could not be written.
        """
        model = self.model
        metrics: dict[str, float] = {}
        model.stop_training = False
        if self.step is None:
            model.make_train_function()
        epoch, first = 0, 0
        if self.checkpointing is not None:
            self.checkpointing.before_training(self._list.callbacks)
        self._list.on_train_begin()
        if self.checkpointing is not None and self.checkpointing.saved is not None:
            position, metrics = self._resume(self.checkpointing)
            epoch, first = position.epoch - self.start.epochs, position.step
        while (ending := self._ending(epoch, metrics)) is None:
            metrics = self._epoch(epoch, first)
            epoch, first = epoch + 1, 0
        if ending in _RESUMABLE:
            return ending
        model.optimizer.finalize_variable_values(model.trainable_variables)
        for callback in step_callbacks(self.callbacks) if self.hands_over else ():
            callback.use_evaluation_weights()
        self._list.on_train_end(metrics)
        return ending if ending == "exploded" or _is_finite(model) else "exploded"

    def _resume(self, checkpointing: Checkpointing) -> tuple[Position, dict[str, float]]:
        """Restore the saved state, and return its position and the metrics of its last epoch."""
        position = checkpointing.saved.position  # type: ignore[union-attr]
        if position.step:
            # Before its state is restored, a callback has to act as at the beginning of an epoch.
            self._list.on_epoch_begin(position.epoch - self.start.epochs)
        state = checkpointing.restore(self.model, self._list.callbacks)
        self._done, self._spent = state["done"], state["spent"]
        self.model.stop_training = state["stop_training"]
        return position, dict(state["figures"])

    def _ending(self, epoch: int, metrics: dict[str, float]) -> Ending | None:
        """Return how the training ends after `epoch` epochs, the last one with these metrics; None if it continues."""
        continues = True
        if metrics:
            continues = self.control.continues(self.start.epochs + epoch, metrics)
            self._raise_if_interrupted()
        if has_exploded(self.callbacks) or (metrics and self._has_diverged(metrics)):
            return "exploded"
        if metrics and self.model.stop_training:
            return "completed" if self._done == self.epochs * self.steps else "stopped_early"
        if epoch == self.epochs:
            return "completed"
        if not continues:
            return "pruned"
        return "paused" if self.control.is_pause(self.start.epochs + epoch) else None

    def _epoch(self, epoch: int, first: int) -> dict[str, float]:
        self._began = time.perf_counter() - self._spent
        for observer in self.observers:
            observer.epoch_begins(self.start.epochs + epoch + 1)
        if not first:
            self.model.reset_metrics()
            self._list.on_epoch_begin(epoch)
        self._run_steps(epoch, first)
        metrics, rate = self._metrics()
        moment = self._moment(epoch)
        if self.validator is not None and self._validates(epoch) and not self._has_diverged(metrics):
            undo = self._before_validation()
            try:
                metrics.update(self._validate(self.validator, moment, metrics))
            except Interrupted:
                # The end of the epoch has to be repeated, since its metrics are not complete.
                undo()
                self._write(self._position(epoch, self._done - epoch * self.steps), {})
                raise
        elif not self._has_diverged(metrics):
            with evaluation_weights(self.model, self.callbacks):
                self.best_weights.update(self.model, metrics, moment)
        received = {**metrics, **rate}
        added = self.added_metrics.recorded(received, self._hooks.on_epoch_end(epoch, received))
        for observer in self.observers:
            observer.epoch_ends(moment, {**metrics, **added}, time.perf_counter() - self._began)
        self._spent = 0.0
        self._write(self._position(epoch + 1), metrics)
        self._raise_if_interrupted()
        return metrics

    def _moment(self, epoch: int, *, ends_epoch: bool = True) -> TrainingPosition:
        """Return the current position within the whole training, in an epoch that is counted from 0."""
        return TrainingPosition(self.start.epochs + epoch + 1, self._total(self._done), ends_epoch)

    def _position(self, epoch: int, step: int = 0) -> Position:
        """Return the position of a checkpoint within the whole training."""
        return Position(self.start.epochs + epoch, step, self.start.stage)

    def _total(self, steps: int) -> int:
        """Return a number of steps of the whole training."""
        return self.start.steps + steps

    def _metrics(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the metrics of an epoch, and the learning rate if a schedule has set it."""
        found = metric_values(self.model)
        session = TrainingSession.of(self.model)
        if session is not None:
            session.epoch_ends(found)
        rate = found.pop("learning_rate", None)
        return found, {} if rate is None else {"learning_rate": rate}

    def _has_diverged(self, metrics: Mapping[str, float]) -> bool:
        """Return whether the loss is not finite; a callback that decides about explosions replaces this check."""
        return self._checks_loss and not math.isfinite(metrics["loss"])

    def _before_validation(self) -> Callable[[], None]:
        """Save what a validation changes (seeds, states of custom callbacks), and return a function to restore it."""
        if self.interruption is None:
            return lambda: None
        seeds = seed_variables(self.model)
        values = [read_variable(variable) for variable in seeds]
        # Keras' callbacks store what they have done to the weights, and undo it when the validation is repeated.
        callbacks = [entry for entry in self._list.callbacks if is_custom(entry)]
        states = [callback_state(callback) for callback in callbacks]

        def undo() -> None:
            for variable, value in zip(seeds, values, strict=True):
                write_variable(variable, value)
            for callback, state in zip(callbacks, states, strict=True):
                restore_callback(callback, state)

        return undo

    def _run_steps(self, epoch: int, start: int) -> None:
        if start == self.steps or (start and self.model.stop_training):
            return  # all steps are done, only the end of the epoch is missing
        step: Step = self.model.train_function if self.step is None else self._with_calls(self.step)
        iterator = iter(self.batches(self.start.epochs + epoch, start))
        model, stride = self.model, self.model.steps_per_execution
        for first in range(start, self.steps, stride):
            if self.check_data is not None:
                self.check_data()
            self._hooks.on_train_batch_begin(first)
            began = time.perf_counter()
            try:
                logs = step(iterator)
            except (StopIteration, tf.errors.OutOfRangeError):
                raise DataError(
                    f"the data of epoch {self.start.epochs + epoch + 1} ended too early; expected {self.steps} steps, "
                    f"got {first}"
                ) from None
            self._hooks.on_train_batch_end(first + stride - 1, logs)
            done = min(first + stride, self.steps)
            before, self._done = self._done, epoch * self.steps + done
            for observer in self.observers:
                observer.step_ends(done, logs)
            self.step_seconds += time.perf_counter() - began
            if self._is_validation_due(before):
                self._validate_within(epoch, done)
            if model.stop_training:
                break
            is_check = self._checks_loss and done // LOSS_CHECK > first // LOSS_CHECK
            if is_check and not math.isfinite(float(logs["loss"])):
                break
            if done < self.steps:
                self._save_within(self._position(epoch, done), before)

    def _with_calls(self, step: Step) -> Step:
        """Return a step with what callbacks do before and after each call, which `model.train_function` contains."""
        session = TrainingSession.of(self.model)
        return step if session is None else session.with_calls(step)

    def _save_within(self, position: Position, before: int) -> None:
        is_interrupted = self.interruption is not None and self.interruption.requested
        steps = self._total(before), self._total(self._done)
        is_due = self.checkpointing is not None and self.checkpointing.is_due(*steps)
        if is_interrupted or is_due:
            self._write(position, {})
            self._raise_if_interrupted()

    def _write(self, position: Position, metrics: dict[str, float]) -> None:
        for callback in step_callbacks(self.callbacks):
            callback.use_training_weights()
        if self.checkpointing is not None:
            spent = time.perf_counter() - self._began if position.step else 0.0
            stop = bool(self.model.stop_training)
            loop = {"done": self._done, "figures": metrics, "spent": spent, "stop_training": stop}
            self.checkpointing.write(self.model, self._list.callbacks, position, loop)

    def _raise_if_interrupted(self) -> None:
        if self.interruption is not None and self.interruption.requested:
            raise Interrupted("the training was interrupted, and its state was saved")

    def _validates(self, epoch: int) -> bool:
        return (epoch + 1) % self.every_epochs == 0 or epoch + 1 == self.epochs or self.model.stop_training

    def _is_validation_due(self, before: int) -> bool:
        every = self.every_steps
        return every is not None and self._total(self._done) // every > self._total(before) // every

    def _validate_within(self, epoch: int, done: int) -> None:
        if self.validator is None or (done == self.steps and self._validates(epoch)):
            return
        moment = self._moment(epoch, ends_epoch=False)
        metrics = self._validate(self.validator, moment, {})
        for observer in self.observers:
            observer.validated(moment, metrics)

    def _validate(self, validator: Validator, moment: TrainingPosition, metrics: dict[str, float]) -> dict[str, float]:
        """Return the `val_*` metrics, and update the best weights with the evaluated weights, such as averages."""
        if self._swaps_averages():
            return self._evaluate(validator, moment, metrics)
        with evaluation_weights(self.model, self.callbacks):
            return self._evaluate(validator, moment, metrics)

    def _evaluate(self, validator: Validator, moment: TrainingPosition, metrics: dict[str, float]) -> dict[str, float]:
        self._list.on_test_begin()
        interruption = self.interruption if moment.ends_epoch else None
        found = validator.run(self._hooks, interruption, self.check_data)
        found = {f"val_{name}": value for name, value in found.items()}
        if self.measure is not None and moment.ends_epoch:
            self.measure(self.check_data)
        self.best_weights.update(self.model, {**metrics, **found}, moment)
        self._list.on_test_end({name.removeprefix("val_"): value for name, value in found.items()})
        return found

    def _swaps_averages(self) -> bool:
        return any(keras_facts(callback).swaps_averages for callback in self.callbacks)


def _is_finite(model: keras.Model) -> bool:
    checks = [tf.reduce_all(tf.math.is_finite(variable.value)) for variable in model.trainable_variables]
    return all(bool(check) for check in checks)
