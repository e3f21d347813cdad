"""The base class of learning rate schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
from keras import ops

from kpipe_callbacks import schedules
from kpipe_callbacks._axes import axes_or_new
from kpipe_callbacks._keras_internals import batch_counter, learning_rate_of
from kpipe_callbacks._metadata import NotInSpec
from kpipe_callbacks._print_or_log import print_or_log
from kpipe_callbacks._range import AT_LEAST_1, NOT_NEGATIVE, POSITIVE, VERBOSE
from kpipe_callbacks._values import array_of
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession


@dataclass(frozen=True)
class Clock:
    """Conversion of durations in epochs to updates of the weights.

    Args:
        per_epoch: updates per epoch; None if unknown.
        epochs: epochs of the training; None if unknown.
        warmup: updates of the warm-up, which precedes the schedule.
    """

    per_epoch: float | None
    epochs: int | None
    warmup: float = 0.0

    def steps(self, name: str, epochs: float | None, steps: float | None) -> float | None:
        """Return a duration in updates from one given in epochs or in steps; None if neither is given.

        Raises:
            ValueError: the length of an epoch is required and unknown.
        """
        if epochs is None:
            return steps
        found = epochs * self.epoch(f"{name}_epochs", f"{name}_steps")
        return float(round(found)) if abs(found - round(found)) < 1e-9 * found else found

    def epoch(self, name: str, instead: str) -> float:
        """Return the updates per epoch.

        Args:
            name: argument in epochs that requires it, for the message.
            instead: the corresponding argument in steps, for the message.

        Raises:
            ValueError: the number is unknown.
        """
        if self.per_epoch is None:
            raise ValueError(
                f"{name}: the number of steps per epoch is unknown; write {instead}= instead, or pass steps_per_epoch= "
                "to fit"
            )
        return self.per_epoch

    def total(self, epochs: float | None, steps: float | None) -> float:
        """Return the updates from the end of the warm-up to the end of the schedule.

        Raises:
            ValueError: the length is neither given nor known, or it does not exceed the warm-up.
        """
        found = self.steps("total", epochs, steps)
        if found is None:
            if self.per_epoch is None or self.epochs is None:
                raise ValueError(
                    "the schedule requires the length of the training, but the number of steps per epoch is unknown; "
                    "write total_steps=, or pass steps_per_epoch= to fit"
                )
            found = self.epochs * self.per_epoch
        if found <= self.warmup:
            raise ValueError(
                f"the warm-up is too long; expected less than {found:g} steps, got {self.warmup:g}; shorten the warm-up"
            )
        return found - self.warmup


class Schedule(StepCallback):
    """Set the learning rate of each update of the weights, inside the compiled step.

    A step is an update of the weights; with gradient accumulation it spans several batches. The learning rate of update
    t, counted from 0, is a(t); with a warm-up it first rises linearly to a(0). A schedule restarts with each `fit`, and
    starts in the middle with `fit(initial_epoch=…)`. After the training the optimizer has its initial learning rate
    again, so another `fit` starts from the same value. The learning rate of the last step of an epoch is in the logs as
    `learning_rate`, before any other callback reads them.

    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, sections 2.1 and 2.2: the linear
    scaling rule and the warm-up.

    Args:
        learning_rate: a0, at least 0; default None: the learning rate of the optimizer.
        warmup_epochs: length of the warm-up in epochs, above 0; default None: no warm-up.
        warmup_steps: length of the warm-up in steps; at most one of the two is allowed.
        warmup_from: learning rate at the beginning of the warm-up, at least 0, default 0.
        scale_with_batch: number of samples per update to which the learning rates refer, above 0; they are multiplied
            by (samples per update) / (this number). Default None: no scaling.
        batch_size: samples per batch, of all replicas together; required for `scale_with_batch`, because a callback
            cannot read it.
        verbose: 1 to print the scaling, 0 to print nothing; default 1.

    Raises:
        ValueError: an argument is out of range, or two arguments are for the same setting; at the beginning of a
            training, the optimizer has a Keras schedule or no single learning rate, there is a second schedule, or a
            required length is unknown.
    """

    #: Read by kpipe; specs contain only subclasses.
    in_specs: ClassVar[bool] = False
    sets_learning_rate = True

    def __init__(
        self,
        *,
        learning_rate: Annotated[float | None, NOT_NEGATIVE] = None,
        warmup_epochs: Annotated[float | None, POSITIVE] = None,
        warmup_steps: Annotated[int | None, POSITIVE] = None,
        warmup_from: Annotated[float, NOT_NEGATIVE] = 0.0,
        scale_with_batch: Annotated[int | None, POSITIVE] = None,
        batch_size: Annotated[int | None, NotInSpec("the run sets it")] = None,
        verbose: Annotated[int, VERBOSE] = 1,
    ) -> None:
        super().__init__()
        self.learning_rate = NOT_NEGATIVE.optional("learning_rate", learning_rate)
        self.warmup_epochs, self.warmup_steps = duration("warmup", warmup_epochs, warmup_steps)
        self.warmup_from = NOT_NEGATIVE.number("warmup_from", warmup_from)
        self.scale_with_batch = POSITIVE.optional("scale_with_batch", scale_with_batch)
        self.batch_size = POSITIVE.optional("batch_size", batch_size)
        self.verbose = verbose
        self._rate = 0.0
        self._function: schedules.Schedule = schedules.constant(0.0)
        self._counter: keras.Variable | None = None
        self._is_placed = False
        self._sets_rate = False
        self._seen_rate: float | None = None
        self._iterations = 0

    def curve(
        self, epochs: int, steps_per_epoch: int, learning_rate: float | None = None, accumulation: int = 1
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the learning rates of all updates of a training.

        Args:
            epochs: epochs of the training.
            steps_per_epoch: batches per epoch.
            learning_rate: learning rate of the optimizer, used if the callback has none.
            accumulation: batches per update, default 1.

        Returns:
            An array with one learning rate per update.

        Raises:
            ValueError: as at the beginning of a training.
        """
        rate = self.learning_rate if self.learning_rate is not None else learning_rate
        if rate is None:
            raise ValueError(
                "learning_rate: the curve depends on the learning rate of the optimizer; write learning_rate=0.1, for "
                "example"
            )
        for name, value in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch), ("accumulation", accumulation)):
            AT_LEAST_1.number(name, value)
        clock = Clock(steps_per_epoch / accumulation, epochs)
        scaled = self._scaled(self._with_warmup(rate, clock), self._scale(accumulation))
        steps = np.arange(epochs * steps_per_epoch // accumulation)
        return np.array(np.broadcast_to(np.asarray(scaled(steps), np.float64), steps.shape))

    def plot(
        self,
        epochs: int,
        steps_per_epoch: int,
        learning_rate: float | None = None,
        accumulation: int = 1,
        ax: Any = None,
    ) -> Any:
        """Plot the curve of a training.

        Args:
            epochs: epochs of the training.
            steps_per_epoch: batches per epoch.
            learning_rate: learning rate of the optimizer, used if the callback has none.
            accumulation: batches per update, default 1.
            ax: Matplotlib axes; default None: new ones.

        Returns:
            The Matplotlib axes.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        rates = self.curve(epochs, steps_per_epoch, learning_rate, accumulation)
        axes = axes_or_new(ax)
        axes.plot(np.arange(len(rates)) * accumulation / steps_per_epoch, rates)
        axes.set(xlabel="epoch", ylabel="learning rate", title=type(self).__name__)
        return axes

    def get_state(self) -> dict[str, Any]:
        """Return the initial learning rate, the step, and the length of the training."""
        session, counter = self._session, self._counter
        if session is None or counter is None:
            return {"rate": self._rate, "step": None, "length": None}
        self._sync_variables()
        return {"rate": self._rate, "step": int(array_of(counter)), "length": list(self._known(session))}

    @property
    def follows_length(self) -> bool:
        """Whether the learning rates depend on the length of the training."""
        names = ("total_epochs", "total_steps")
        return hasattr(self, names[0]) and all(getattr(self, name) is None for name in names)

    def prepare_run(self, *, batch_size: int, training_data: Callable[[], Iterable[Any]]) -> None:
        """Store the batch size of the run, for `scale_with_batch`."""
        self.batch_size = float(batch_size)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Move to the step of the first epoch, for `initial_epoch`."""
        super().on_epoch_begin(epoch, logs)
        session, counter = self._session, self._counter
        if session is None or counter is None:
            return
        self._check_learning_rate(session)
        if self._is_placed:
            return
        self._is_placed = True
        if epoch:
            per_epoch, _ = self._known(session)
            if per_epoch is None:
                raise ValueError(
                    f"{type(self).__name__} cannot compute its step at initial_epoch={epoch}, because the number of "
                    "steps per epoch is unknown; pass steps_per_epoch= to fit"
                )
            counter.assign(round(epoch * per_epoch))

    def on_train_end(self, logs: Any = None) -> None:
        """Restore the initial learning rate of the optimizer."""
        if self._session is not None:
            self._restore_learning_rate(self._session)
        super().on_train_end(logs)

    def leave(self, session: TrainingSession) -> None:
        """Restore the initial learning rate of the optimizer, also after an aborted training."""
        if self._session is session and self._is_unchanged(session):
            self._restore_learning_rate(session)
        super().leave(session)

    def _restore_learning_rate(self, session: TrainingSession) -> None:
        """Restore the initial learning rate of the optimizer if this callback has changed it."""
        if self._sets_rate:
            self._sets_rate = False
            session.optimizer.learning_rate = self._rate

    def _is_unchanged(self, session: TrainingSession) -> bool:
        """Whether the optimizer still has the learning rate that this callback has set last."""
        if not self._sets_rate or self._counter is None:
            return False
        step, now = int(array_of(self._counter)), _number(session.optimizer.learning_rate)
        factor = 1.0 if session.learning_rate_factor is None else float(array_of(session.learning_rate_factor))
        set_by_it = [self._rate, *(float(self._function(at)) * factor for at in (max(step - 1, 0), step))]
        return any(abs(now - rate) <= 1e-5 * abs(rate) + 1e-12 for rate in set_by_it)

    def _end_epoch(self, session: TrainingSession, logs: dict[str, Any]) -> None:
        """Add the learning rate to the logs, and raise an error if the optimizer is not used."""
        # With a scaled loss all updates of an epoch may have overflowed.
        may_be_idle = session.optimizer is not session.model.optimizer
        if not may_be_idle and int(array_of(batch_counter(session.optimizer))) == self._iterations:
            raise ValueError(
                f"{type(self).__name__} sets the learning rate of model.optimizer, but the custom train_step of this "
                "model updates its weights with another optimizer; remove the callback"
            )
        self._seen_rate = logs["learning_rate"] = _number(session.optimizer.learning_rate)

    def _check_learning_rate(self, session: TrainingSession) -> None:
        """Raise an error if another callback, such as ReduceLROnPlateau, has set the learning rate without effect."""
        now = _number(session.optimizer.learning_rate)
        if self._seen_rate is not None and now != self._seen_rate:
            raise ValueError(
                f"{type(self).__name__} sets the learning rate, so setting it to {now:.6g} between two epochs has no "
                "effect; remove one of the two, such as ReduceLROnPlateau"
            )

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        """Return the schedule without the warm-up, as a function of the number of updates."""
        raise NotImplementedError

    def begin(self, session: TrainingSession) -> None:
        """Declare the learning rate of each step."""
        self._check_optimizer(session)
        if not session.model.trainable_variables:
            raise ValueError(
                f"{type(self).__name__} requires trainable weights; the model has none; set trainable=True on a layer "
                "and compile again, or remove the callback"
            )
        self._rate = _number(session.optimizer.learning_rate)
        self._is_placed = False
        self._counter = session.count_updates("schedule_step")
        self._create_function(session)
        self._sets_rate = True
        session.during(Phase.BEFORE_UPDATE, lambda: self._set_rate(session))
        self._seen_rate = None
        self._iterations = int(array_of(batch_counter(session.optimizer)))
        session.during(Phase.EPOCH_END_LOGS, lambda logs: self._end_epoch(session, logs))

    def _create_function(self, session: TrainingSession, *, quiet: bool = False) -> None:
        accumulation = session.optimizer.gradient_accumulation_steps or 1
        scale = self._scale(accumulation)
        if scale != 1 and self.verbose and not quiet:
            print_or_log(self._scaling_message(accumulation, scale))
        base = self.learning_rate if self.learning_rate is not None else self._rate
        self._function = self._scaled(self._with_warmup(base, Clock(*self._known(session))), scale)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the initial learning rate and the step."""
        session = self._session
        if session is None or self._counter is None:
            return
        self._rate, self._seen_rate, self._iterations = float(state["rate"]), None, -1
        if state["step"] is not None:
            self._counter.assign(int(state["step"]))
            self._is_placed = True
        self._create_function(session, quiet=True)
        session.retrace()
        before, now = _steps(*(state.get("length") or (None, None))), _steps(*self._known(session))
        if self.follows_length and self.verbose and before is not None and now is not None and before != now:
            print_or_log(
                f"{type(self).__name__}: the training had {_format(before)} steps and now has {_format(now)}; "
                "from here on, the learning rates follow the new length"
            )

    def _set_rate(self, session: TrainingSession) -> None:
        rate = self._function(self._step())
        if session.learning_rate_factor is not None:
            rate = rate * session.learning_rate_factor
        learning_rate_of(session.optimizer).assign(rate)

    def _step(self) -> Any:
        """The step of the schedule, as a tensor inside the compiled step."""
        return ops.cast(ops.convert_to_tensor(self._counter), "float32")

    def _with_warmup(self, rate: float, clock: Clock) -> schedules.Schedule:
        warmup = clock.steps("warmup", self.warmup_epochs, self.warmup_steps)
        if warmup is None:
            return self._schedule(rate, clock)
        after = self._schedule(rate, Clock(clock.per_epoch, clock.epochs, warmup))
        return schedules.warmup(after, warmup, self.warmup_from)

    @staticmethod
    def _known(session: TrainingSession) -> tuple[float | None, int | None]:
        steps, epochs = session.params.get("steps"), session.params.get("epochs")
        accumulation = session.optimizer.gradient_accumulation_steps or 1
        return None if steps is None else steps / accumulation, epochs

    def _scale(self, accumulation: int) -> float:
        if self.scale_with_batch is None:
            return 1.0
        if self.batch_size is None:
            raise ValueError(
                f"scale_with_batch={self.scale_with_batch:g} requires the batch size, which a callback cannot read; "
                "write batch_size=, counting all replicas together"
            )
        return self.batch_size * accumulation / self.scale_with_batch

    def _scaling_message(self, accumulation: int, scale: float) -> str:
        samples = _format(self.batch_size or 0) + (f" x {accumulation}" if accumulation > 1 else "")
        has_warmup = self.warmup_epochs is not None or self.warmup_steps is not None
        advice = "" if has_warmup or scale <= 1 else "; a warm-up is recommended: warmup_epochs=5"
        reference = _format(self.scale_with_batch or 0)
        return (
            f"{type(self).__name__}: learning rates times {samples} / {reference} = {scale:g} "
            f"(linear scaling rule){advice}"
        )

    @staticmethod
    def _scaled(function: schedules.Schedule, scale: float) -> schedules.Schedule:
        return function if scale == 1 else lambda step: function(step) * scale

    def _check_optimizer(self, session: TrainingSession) -> None:
        name, optimizer = type(self).__name__, session.optimizer
        rate = learning_rate_of(optimizer)
        if not isinstance(rate, keras.Variable):
            is_schedule = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
            reason = f"has the schedule {type(rate).__name__}" if is_schedule else "has no single learning rate"
            raise ValueError(
                f"{name} sets the learning rate, but the optimizer {type(optimizer).__name__} {reason}; create it with "
                f"a number, such as {type(optimizer).__name__}(learning_rate=0.1), or remove {name}"
            )
        other = session.other(self, Schedule)
        if other is not None:
            raise ValueError(f"{name} and {type(other).__name__} both set the learning rate; remove one of them")


def duration(
    name: str, epochs: float | None, steps: float | None, *, required: bool = False
) -> tuple[float | None, float | None]:
    """Check a duration in epochs or in steps, and return both.

    Raises:
        ValueError: both are given, neither is given although one is required, or the value is not above 0.
    """
    if epochs is not None and steps is not None:
        raise ValueError(f"{name}_epochs={epochs} and {name}_steps={steps} are the same setting; remove one of them")
    if required and epochs is None and steps is None:
        raise ValueError(
            f"{name}_epochs, {name}_steps: expected one of them, got none; write {name}_epochs=1, for example"
        )
    return POSITIVE.optional(f"{name}_epochs", epochs), POSITIVE.optional(f"{name}_steps", steps)


def _steps(per_epoch: float | None, epochs: int | None) -> float | None:
    return None if per_epoch is None or epochs is None else per_epoch * epochs


def _format(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


def _number(value: Any) -> float:
    return float(array_of(value))
