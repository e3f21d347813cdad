"""The base class of learning rate schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
from keras import ops

from kpipe_callbacks import schedules
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
    """From epochs to updates of the weights.

    Args:
        per_epoch: updates of an epoch; None where it is not known.
        epochs: of the training; None where it is not known.
        warmup: updates of the warm-up, which come before the schedule itself.
    """

    per_epoch: float | None
    epochs: int | None
    warmup: float = 0.0

    def steps(self, name: str, epochs: float | None, steps: float | None) -> float | None:
        """A duration in updates, from the one of two arguments that was given; None where neither was.

        Raises:
            ValueError: an epoch's length is needed and unknown.
        """
        if epochs is None:
            return steps
        found = epochs * self.epoch(f"{name}_epochs", f"{name}_steps")
        return float(round(found)) if abs(found - round(found)) < 1e-9 * found else found

    def epoch(self, name: str, instead: str) -> float:
        """The updates of an epoch, for an argument in epochs that has one in steps beside it.

        Raises:
            ValueError: it is unknown.
        """
        if self.per_epoch is None:
            raise ValueError(
                f"{name}: the dataset does not tell how many steps an epoch has; give {instead}= instead, or "
                "steps_per_epoch= to fit"
            )
        return self.per_epoch

    def total(self, epochs: float | None, steps: float | None) -> float:
        """The updates from the end of the warm-up to the end of the schedule.

        Raises:
            ValueError: it is not given and not known, or the warm-up leaves nothing of it.
        """
        found = self.steps("total", epochs, steps)
        if found is None:
            if self.per_epoch is None or self.epochs is None:
                raise ValueError(
                    "the dataset does not tell how many steps an epoch has, and the schedule needs the length of the "
                    "training; give total_steps=, or steps_per_epoch= to fit"
                )
            found = self.epochs * self.per_epoch
        if found <= self.warmup:
            raise ValueError(
                f"the warm-up takes {self.warmup:g} of {found:g} steps and leaves none for the schedule; shorten the "
                "warm-up"
            )
        return found - self.warmup


class Schedule(StepCallback):
    """Sets the learning rate of each update of the weights, inside of the compiled step.

    A step is an update: with gradient accumulation one in so many batches. The rate of update t, counted from 0, is
    a(t); with a warm-up it first rises along a straight line up to a(0). A schedule starts again with each `fit`, and
    continues in the middle with `fit(initial_epoch=…)`. After the training the optimizer has the learning rate of its
    beginning, so that another `fit` starts from the same one. The rate of the last step of an epoch is in its logs as
    `learning_rate`, before any other callback sees them.

    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, sections 2.1 and 2.2: the linear
    scaling rule and the warm-up.

    Args:
        learning_rate: a0, at least 0; default None: the optimizer's own.
        warmup_epochs: length of the warm-up in epochs, above 0; default None: no warm-up.
        warmup_steps: the same in steps; one of the two may be given.
        warmup_from: the rate at the beginning of the warm-up, at least 0, default 0.
        scale_with_batch: the number of samples for which the rates are meant, above 0; all of them are multiplied by
            (samples of an update) / (this number). Default None: they are taken as they are.
        batch_size: samples of a batch, of all replicas together; needed for `scale_with_batch`, as a callback cannot
            see it.
        verbose: 1 to print what the scaling does, 0 for none; default 1.

    Raises:
        ValueError: an argument out of its range, two arguments for the same setting; when a training begins: an
            optimizer that was made with a schedule of Keras' own or has no single rate, a second schedule, a
            length that is needed and unknown.
    """

    #: Read by kpipe: specs name the subclasses.
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
        """The rates of all updates of a training, without training.

        Args:
            epochs: of the training.
            steps_per_epoch: batches of an epoch.
            learning_rate: the optimizer's, where the callback was given none.
            accumulation: batches of an update.

        Returns:
            One rate for each update.

        Raises:
            ValueError: as at the beginning of a training.
        """
        rate = self.learning_rate if self.learning_rate is not None else learning_rate
        if rate is None:
            raise ValueError("learning_rate: the curve depends on the optimizer's; give it, such as learning_rate=0.1")
        for name, value in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch), ("accumulation", accumulation)):
            AT_LEAST_1.number(name, value)
        clock = Clock(steps_per_epoch / accumulation, epochs)
        scaled = self._scaled(self._whole(rate, clock), self._scale(accumulation))
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
        """Draws the whole curve before training.

        Args:
            epochs: of the training.
            steps_per_epoch: batches of an epoch.
            learning_rate: the optimizer's, where the callback was given none.
            accumulation: batches of an update.
            ax: Matplotlib's axes; by default new ones.

        Returns:
            The axes.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError("plot needs Matplotlib: pip install matplotlib") from error
        rates = self.curve(epochs, steps_per_epoch, learning_rate, accumulation)
        axes = ax if ax is not None else plt.subplots()[1]
        axes.plot(np.arange(len(rates)) * accumulation / steps_per_epoch, rates)
        axes.set(xlabel="epoch", ylabel="learning rate", title=type(self).__name__)
        return axes

    def get_state(self) -> dict[str, Any]:
        """The rate of the beginning, the step, and how long the training is."""
        session, counter = self._session, self._counter
        if session is None or counter is None:
            return {"rate": self._rate, "step": None, "length": None}
        self._bring_state()
        return {"rate": self._rate, "step": int(array_of(counter)), "length": list(self._known(session))}

    @property
    def follows_length(self) -> bool:
        """Whether the rates depend on how long the training is."""
        names = ("total_epochs", "total_steps")
        return hasattr(self, names[0]) and all(getattr(self, name) is None for name in names)

    def prepare_run(self, *, batch_size: int) -> None:
        """Takes the size of a batch from the run, for `scale_with_batch`."""
        self.batch_size = float(batch_size)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Finds where a training that begins with a later epoch is in the schedule."""
        super().on_epoch_begin(epoch, logs)
        session, counter = self._session, self._counter
        if session is None or counter is None:
            return
        self._refuse_others(session)
        if self._is_placed:
            return
        self._is_placed = True
        if epoch:
            per_epoch, _ = self._known(session)
            if per_epoch is None:
                raise ValueError(
                    f"{type(self).__name__} cannot find its step at initial_epoch={epoch}: the dataset does not tell "
                    "how many steps an epoch has; give steps_per_epoch= to fit"
                )
            counter.assign(round(epoch * per_epoch))

    def on_train_end(self, logs: Any = None) -> None:
        """Gives the optimizer the rate of the beginning back."""
        if self._session is not None:
            self._give_rate_back(self._session)
        super().on_train_end(logs)

    def leave(self, session: TrainingSession) -> None:
        """Also where the training was broken off, the optimizer has the rate of the beginning again."""
        if self._session is session and self._is_ours(session):
            self._give_rate_back(session)
        super().leave(session)

    def _give_rate_back(self, session: TrainingSession) -> None:
        """Gives the optimizer the rate of the beginning back, where this callback has begun to set it."""
        if self._sets_rate:
            self._sets_rate = False
            session.optimizer.learning_rate = self._rate

    def _is_ours(self, session: TrainingSession) -> bool:
        """Whether the optimizer's rate is still the one that this callback has set last, and nobody's since."""
        if not self._sets_rate or self._counter is None:
            return False
        step, now = int(array_of(self._counter)), _number(session.optimizer.learning_rate)
        factor = 1.0 if session.learning_rate_factor is None else float(array_of(session.learning_rate_factor))
        set_by_it = [self._rate, *(float(self._function(at)) * factor for at in (max(step - 1, 0), step))]
        return any(abs(now - rate) <= 1e-5 * abs(rate) + 1e-12 for rate in set_by_it)

    def _end_epoch(self, session: TrainingSession, logs: dict[str, Any]) -> None:
        """Tells the rate, and refuses an optimizer that does not move."""
        # With a scaled loss all updates of an epoch may have overflowed.
        may_rest = session.optimizer is not session.model.optimizer
        if not may_rest and int(array_of(batch_counter(session.optimizer))) == self._iterations:
            raise ValueError(
                f"{type(self).__name__} sets the learning rate of model.optimizer, and this model's own train_step "
                "updates its weights with another one; remove the callback"
            )
        self._seen_rate = logs["learning_rate"] = _number(session.optimizer.learning_rate)

    def _refuse_others(self, session: TrainingSession) -> None:
        """What sets the rate at the end of an epoch, as ReduceLROnPlateau does, would have no effect."""
        now = _number(session.optimizer.learning_rate)
        if self._seen_rate is not None and now != self._seen_rate:
            raise ValueError(
                f"{type(self).__name__} sets the learning rate, and something else has set it to {now:.6g} between two "
                "epochs, which would have no effect; remove one of them, such as ReduceLROnPlateau"
            )

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        """The schedule itself, without the warm-up, in updates."""
        raise NotImplementedError

    def begin(self, session: TrainingSession) -> None:
        """Declares the learning rate of each step."""
        self._refuse(session)
        if not session.model.trainable_variables:
            raise ValueError(
                f"{type(self).__name__} sets the learning rate of updates, and the model has no trainable weights to "
                "update; set trainable=True on a layer and compile again, or remove the callback"
            )
        self._rate = _number(session.optimizer.learning_rate)
        self._is_placed = False
        self._counter = session.count_updates("schedule_step")
        self._make(session)
        self._sets_rate = True
        session.during(Phase.BEFORE_UPDATE, lambda: self._set_rate(session))
        self._seen_rate = None
        self._iterations = int(array_of(batch_counter(session.optimizer)))
        session.during(Phase.EPOCH_END_LOGS, lambda logs: self._end_epoch(session, logs))

    def _make(self, session: TrainingSession, *, quiet: bool = False) -> None:
        accumulation = session.optimizer.gradient_accumulation_steps or 1
        scale = self._scale(accumulation)
        if scale != 1 and self.verbose and not quiet:
            print_or_log(self._scaling_text(accumulation, scale))
        base = self.learning_rate if self.learning_rate is not None else self._rate
        self._function = self._scaled(self._whole(base, Clock(*self._known(session))), scale)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues at the step of the state."""
        session = self._session
        if session is None or self._counter is None:
            return
        self._rate, self._seen_rate, self._iterations = float(state["rate"]), None, -1
        if state["step"] is not None:
            self._counter.assign(int(state["step"]))
            self._is_placed = True
        self._make(session, quiet=True)
        session.retrace()
        before, now = _steps(*(state.get("length") or (None, None))), _steps(*self._known(session))
        if self.follows_length and self.verbose and before is not None and now is not None and before != now:
            print_or_log(
                f"{type(self).__name__}: the training had {_text(before)} steps and now has {_text(now)}; "
                "the learning rates are those of the new length from here on"
            )

    def _set_rate(self, session: TrainingSession) -> None:
        rate = self._function(self._step())
        if session.learning_rate_factor is not None:
            rate = rate * session.learning_rate_factor
        learning_rate_of(session.optimizer).assign(rate)

    def _step(self) -> Any:
        """The step of the schedule, inside the compiled one."""
        return ops.cast(ops.convert_to_tensor(self._counter), "float32")

    def _whole(self, rate: float, clock: Clock) -> schedules.Schedule:
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
                f"scale_with_batch={self.scale_with_batch:g}: a callback cannot see the size of a batch; give "
                "batch_size= too, of all replicas together"
            )
        return self.batch_size * accumulation / self.scale_with_batch

    def _scaling_text(self, accumulation: int, scale: float) -> str:
        samples = _text(self.batch_size or 0) + (f" x {accumulation}" if accumulation > 1 else "")
        has_warmup = self.warmup_epochs is not None or self.warmup_steps is not None
        advice = "" if has_warmup or scale <= 1 else "; a warm-up is advised: warmup_epochs=5"
        return (
            f"{type(self).__name__}: learning rates times {samples} / {_text(self.scale_with_batch or 0)} = {scale:g} "
            f"(linear scaling rule){advice}"
        )

    @staticmethod
    def _scaled(function: schedules.Schedule, scale: float) -> schedules.Schedule:
        return function if scale == 1 else lambda step: function(step) * scale

    def _refuse(self, session: TrainingSession) -> None:
        name, optimizer = type(self).__name__, session.optimizer
        rate = learning_rate_of(optimizer)
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) or not isinstance(rate, keras.Variable):
            made = type(rate).__name__ if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None
            reason = f"was made with the schedule {made}" if made else "has no single learning rate"
            raise ValueError(
                f"{name} sets the learning rate, and the optimizer {type(optimizer).__name__} {reason}; make it with a "
                f"number, such as {type(optimizer).__name__}(learning_rate=0.1), or remove {name}"
            )
        other = session.other(self, Schedule)
        if other is not None:
            raise ValueError(f"{name} and {type(other).__name__} both set the learning rate; remove one of them")


def duration(
    name: str, epochs: float | None, steps: float | None, *, required: bool = False
) -> tuple[float | None, float | None]:
    """A duration that is given in epochs or in steps.

    Raises:
        ValueError: both are given, or neither where one is required, or it is not above 0.
    """
    if epochs is not None and steps is not None:
        raise ValueError(f"{name}_epochs={epochs} and {name}_steps={steps} are the same setting; give one of them")
    if required and epochs is None and steps is None:
        raise ValueError(f"{name}_epochs or {name}_steps: one of them is needed")
    return POSITIVE.optional(f"{name}_epochs", epochs), POSITIVE.optional(f"{name}_steps", steps)


def _steps(per_epoch: float | None, epochs: int | None) -> float | None:
    return None if per_epoch is None or epochs is None else per_epoch * epochs


def _text(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


def _number(value: Any) -> float:
    return float(array_of(value))
