"""Detection of exploding losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from threading import get_ident
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops

from kpipe_callbacks import _values
from kpipe_callbacks._choice import check_choice
from kpipe_callbacks._keras_internals import learning_rate_of, model_of, value_within_epoch
from kpipe_callbacks._print_or_log import print_or_log
from kpipe_callbacks._range import ABOVE_1, AT_LEAST_1, AT_MOST_1, VERBOSE
from kpipe_callbacks._rollback_point import RollbackPoint
from kpipe_callbacks.explosion_error import ExplosionError
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession


class ExplosionDetector(StepCallback):
    """Stop or roll back the training when a loss exceeds `factor` times a reference, or is NaN or infinite.

    "If the cost is ever more than three times the original cost, break out early": Stanford's CS231n, 2017, lecture 6.

    The detector compares the loss of the step itself, computed inside the compiled step, not the running mean of the
    epoch that Keras puts into the logs. On several replicas it is the mean over the replicas. With
    `steps_per_execution` the exact step is recorded too, and the detector acts after the whole call. Good steps read no
    weights; every `keep_every` steps the weights are copied on the device, and the copy counts as good if it is finite
    and so was the loss of the next step. Weights that are not finite are an explosion as well; they are checked when
    copied and at the end of each epoch.

    Args:
        factor: maximum ratio of the loss to the reference, above 1, default 3; None: only NaN and infinity explode.
        against: the reference: `first` (default), the first finite loss of the `fit`; `best`, the lowest loss so far;
            or `median`, the median of the last losses, at most `window`. The first loss of a trained model is small and
            single losses vary more, so use `median` or a larger factor to continue its training.
        window: number of losses in the median, at least 1, default 100.
        on_explosion: `stop` (default) restores the weights, their averages and the optimizer state of the last good
            point and ends the training; `rollback` restores them and continues with the next data, without changing the
            step counter and the schedule; `raise` raises an ExplosionError and restores nothing.
        lr_factor: factor applied to the learning rate after each rollback, above 0 and at most 1, default 0.5. It
            applies to the output of a schedule of this package from then on; without a schedule, to the learning rate
            of the optimizer, once.
        max_rollbacks: number of rollbacks before the training stops, at least 1, default 3.
        keep_every: steps between two good points, at least 1, default 100. The first one is the beginning.
        verbose: 1 to print what happened, 0 to print nothing; default 1.

    Attributes:
        events: one entry per explosion: `step` and `epoch`, from 1; `loss`, None if the weights were not finite;
            `threshold`, None if the loss was not finite; `action`, one of `stopped`, `rolled back` and `raised`; and
            `good_step`, whose state was restored.
        gave_up: whether the detector ended the training.

    Raises:
        ValueError: an argument is out of range; at the beginning of a training, a second detector, or `lr_factor` with
            an optimizer whose learning rate cannot be set; during the training, a reference that is not positive, or a
            model with a custom `train_step` that does not call `compute_loss`.
        ExplosionError: with `on_explosion="raise"`.

    Example:
        >>> detector = ExplosionDetector(factor=3, on_explosion="rollback", lr_factor=0.1)
        >>> detector.max_rollbacks
        3
    """

    judges_loss = True
    needs_batch_logs = False

    def __init__(
        self,
        factor: Annotated[float | None, ABOVE_1] = 3.0,
        against: Literal["first", "best", "median"] = "first",
        window: Annotated[int, AT_LEAST_1] = 100,
        on_explosion: Literal["stop", "rollback", "raise"] = "stop",
        lr_factor: Annotated[float, AT_MOST_1] = 0.5,
        max_rollbacks: Annotated[int, AT_LEAST_1] = 3,
        keep_every: Annotated[int, AT_LEAST_1] = 100,
        verbose: Annotated[int, VERBOSE] = 1,
    ) -> None:
        super().__init__()
        check_choice("against", against, ("first", "best", "median"))
        check_choice("on_explosion", on_explosion, ("stop", "rollback", "raise"))
        self.factor = None if factor is None else ABOVE_1.number("factor", factor, otherwise="None")
        self.against = against
        self.window = AT_LEAST_1.integer("window", window)
        self.on_explosion = on_explosion
        self.lr_factor = AT_MOST_1.number("lr_factor", lr_factor)
        self.max_rollbacks = AT_LEAST_1.integer("max_rollbacks", max_rollbacks)
        self.keep_every = AT_LEAST_1.integer("keep_every", keep_every)
        self.verbose = verbose
        self.events: list[dict[str, Any]] = []
        self.rollbacks = 0
        self.gave_up = False
        self._since = 0
        self._width = 1
        self._has_metrics = True
        self._has_seen = False
        self._thread = get_ident()
        self._counters: dict[str, keras.Variable] = {}
        self._factor: keras.Variable | None = None
        self._points: list[RollbackPoint] = []
        self._watched_event: Callable[[], Any] = lambda: None

    @property
    def has_exploded(self) -> bool:
        """Whether the detector has ended the training."""
        return self.gave_up

    @property
    def explosions(self) -> Sequence[Mapping[str, Any]]:
        """The events, as a kpipe run stores them in its result."""
        return self.events

    def get_state(self) -> dict[str, Any]:
        """Return the events, the counters and the good points."""
        self._sync_variables()
        counters = {name: _values.array_of(variable) for name, variable in self._counters.items()}
        return {
            "events": [dict(event) for event in self.events],
            "rollbacks": self.rollbacks,
            "gave_up": self.gave_up,
            "lr_factor": 1.0 if self._factor is None else float(_values.array_of(self._factor)),
            "counters": counters,
            "since": self._since,
            "points": [point.state() for point in self._points],
        }

    def on_train_begin(self, logs: Any = None) -> None:
        """Reset the state, or continue from the state passed to `set_state`."""
        self._reset()
        self._thread = get_ident()
        super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Record the initial state as the first good point, before the first epoch."""
        super().on_epoch_begin(epoch, logs)
        self._has_metrics = True
        if self._session is not None and self._counters and not self._points and self.on_explosion != "raise":
            # Not in on_train_begin: other callbacks add their variables there.
            self._points = [self._point(self._session)]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Read the step that exploded, and act if there is one."""
        if get_ident() != self._thread:
            raise ValueError(
                "ExplosionDetector was called from another thread, as Keras does on JAX with a single callback; write "
                "callbacks=[detector]"
            )
        if found := self._event():
            self._handle(found)
            return
        if not self._has_seen:
            raise ValueError(
                "ExplosionDetector reads the loss in compute_loss, which the custom train_step of this model does not "
                "call; call self.compute_loss(x, y, y_pred, sample_weight) in it"
            )
        self._has_metrics = True
        self._since += 1
        if self._since * self._width >= self.keep_every:
            self._since = 0
            if self._check_weights() and self._points and self._session is not None:
                # The newest point is good only once the next loss is; the point before it already is.
                self._points = [self._points[-1], self._point(self._session)]

    def _reset(self) -> None:
        self.events, self.rollbacks, self.gave_up = [], 0, False
        self._epoch, self._since = 0, 0
        self._has_seen, self._has_metrics = False, True
        self._counters, self._factor, self._points = {}, None, []

    def begin(self, session: TrainingSession) -> None:
        """Declare the check of each loss inside the step."""
        if session.other(self, ExplosionDetector) is not None:
            raise ValueError("duplicate ExplosionDetector; remove one")
        self._check_optimizer(session)
        self._width = session.model.steps_per_execution
        add = self.add_variable
        self._counters = {
            "step": add("step", 0, "int32"),
            "event": add("event", 0, "int32"),
            "found": add("found", [math.nan, math.nan], "float32"),
            "reference": add("reference", math.nan, "float32"),
        }
        self._watched_event = session.watch(self._counters["event"])
        if self.against == "median":
            self._counters["recent"] = add("recent", np.full(self.window, math.inf), "float32")
            self._counters["counted"] = add("counted", 0, "int32")
        if self.on_explosion == "rollback" and self.lr_factor < 1:
            self._factor = session.learning_rate_factor = add("rate_factor", 1.0, "float32")
        session.during(Phase.EPOCH_END_CHECK, self._end_epoch)
        counter = self._counters["step"]
        # Not counted in the loss phase, because a step may compute its loss more than once.
        session.during(Phase.AFTER_UPDATE, lambda updated: counter.assign_add(1))
        session.during(Phase.LOSS, lambda loss: self._check_loss(session, loss))

    def _end_epoch(self, logs: dict[str, Any]) -> None:
        """Check the weights, and report NaN instead of Keras' 0 if a rollback has undone all steps of the epoch."""
        if not self.gave_up:
            self._check_weights()
        if not self._has_metrics:
            logs.update({name: math.nan for name in logs if name != "learning_rate"})

    def _check_optimizer(self, session: TrainingSession) -> None:
        if self.on_explosion != "rollback" or self.lr_factor == 1:
            return
        if not isinstance(learning_rate_of(session.optimizer), keras.Variable):
            raise ValueError(
                "ExplosionDetector lowers the learning rate after a rollback, but the learning rate of "
                f"{type(session.optimizer).__name__} cannot be set; use a schedule of kpipe_callbacks, or write "
                "lr_factor=1"
            )

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the events, the counters and the good points."""
        self.events = [dict(event) for event in state["events"]]
        self.rollbacks, self.gave_up = int(state["rollbacks"]), bool(state["gave_up"])
        for name, value in state["counters"].items():
            if name in self._counters:
                self._counters[name].assign(value)
        if self._factor is not None:
            self._factor.assign(state["lr_factor"])
        self._points = [RollbackPoint.from_state(point) for point in state["points"]]
        self._since = int(state["since"])

    def _check_loss(self, session: TrainingSession, loss: Any) -> None:
        """Record the step and its loss, inside the compiled step, if it is the first one that exploded.

        It uses few operations, because each one measurably slows the steps of a small model.
        """
        self._has_seen = True
        known = self._counters
        loss = ops.stop_gradient(ops.cast(ops.mean(loss), "float32"))
        if session.replicas > 1:
            loss = _sum_of_replicas(loss)
        event, reference = ops.convert_to_tensor(known["event"]), ops.convert_to_tensor(known["reference"])
        finite = ops.isfinite(loss)
        exploded, threshold = ops.logical_not(finite), ops.full((), math.nan)
        if self.factor is not None:
            # Without a reference the threshold is NaN, and no loss is above NaN.
            threshold = reference * self.factor
            exploded = ops.logical_or(exploded, loss > threshold)
        is_first = ops.logical_and(exploded, event == 0)
        found = ops.where(is_first, ops.stack([loss, threshold]), ops.convert_to_tensor(known["found"]))
        known["found"].assign(found)
        event = ops.where(is_first, ops.convert_to_tensor(known["step"]) + 1, event)
        if self.factor is not None:
            # Multiples of 0 are 0, so 0 is not a usable reference.
            usable = ops.logical_and(finite, loss != 0)
            if self.against != "first":
                usable = ops.logical_and(usable, event == 0)
            reference = self._next_reference(loss, reference, usable)
            known["reference"].assign(reference)
            # A negative step number reports a negative reference, for which a factor has no meaning.
            event = ops.where(ops.logical_and(reference < 0, event == 0), -known["step"] - 1, event)
        known["event"].assign(event)

    def _next_reference(self, loss: Any, reference: Any, usable: Any) -> Any:
        if self.against == "first":
            return ops.where(ops.logical_and(usable, ops.isnan(reference)), loss, reference)
        if self.against == "best":
            better = ops.logical_or(ops.isnan(reference), loss < reference)
            return ops.where(ops.logical_and(usable, better), loss, reference)
        recent, counted = self._counters["recent"], self._counters["counted"]
        number = ops.convert_to_tensor(counted)
        place = ops.logical_and(ops.arange(self.window) == number % self.window, usable)
        kept = ops.where(place, loss, ops.convert_to_tensor(recent))
        number = ops.add(number, ops.cast(usable, "int32"))
        recent.assign(kept)
        counted.assign(number)
        # Empty entries are infinite, so they are sorted last.
        ordered, count = ops.sort(kept), ops.maximum(ops.minimum(number, self.window), 1)
        middle = ops.add(ops.take(ordered, (count - 1) // 2), ops.take(ordered, count // 2)) / 2
        return ops.where(number > 0, middle, reference)

    def _event(self) -> int:
        """The step that exploded, or 0; avoids `self.model`, which moves the whole model state on JAX."""
        seen = self._watched_event() if self._session is not None else None
        if seen is not None:
            return int(seen)
        variable = self._counters["event"]
        value = value_within_epoch(model_of(self), variable)
        return int(_values.array_of(variable) if value is None else value)

    def _handle(self, step: int) -> None:
        """Handle a step whose loss exploded, or, if the number is negative, whose reference is unusable."""
        self._sync_variables()
        loss, threshold = (float(value) for value in _values.array_of(self._counters["found"]))
        reference = float(_values.array_of(self._counters["reference"]))
        if step < 0:
            raise ExplosionError(
                f"ExplosionDetector: negative reference in step {-step}; expected a positive {self._reference_name()}, "
                f"got {reference:.6g}; write factor=None to detect only NaN and infinity"
            )
        good = [point for point in self._points if point.step < step - 1] or self._points[:1]
        found = {"step": step, "loss": loss, "threshold": threshold if math.isfinite(loss) else None}
        self._act(found, good[-1] if good else None)

    def _check_weights(self) -> bool:
        """Return whether all weights are finite, and act if not; the loss can be finite, as ReLU may map NaN to 0."""
        model = self.model
        if all(bool(ops.all(ops.isfinite(variable))) for variable in model.trainable_variables):
            return True
        step = int(_values.array_of(self._counters["step"]))
        # Snapshots contain finite weights only, so the newest one is good.
        self._act({"step": step, "loss": None, "threshold": None}, self._points[-1] if self._points else None)
        return False

    def _act(self, found: Mapping[str, Any], good: RollbackPoint | None) -> None:
        rolls_back = self.on_explosion == "rollback" and self.rollbacks < self.max_rollbacks
        action = "raised" if self.on_explosion == "raise" else "rolled back" if rolls_back else "stopped"
        good_step = None if good is None else good.step
        event = {**found, "epoch": self._epoch + 1, "action": action, "good_step": good_step}
        self.events.append(event)
        text = self._text(event)
        session = self._session
        if good is None or session is None:
            self.gave_up = True
            raise ExplosionError(text)
        self._sync_variables()
        good.restore(session)
        self._points, self._since = [good], 0
        self._counters["event"].assign(0)
        if rolls_back:
            # Steps that were undone must not contribute to the metrics of the epoch.
            self._has_metrics = good.restore_metrics(session, self._epoch)
            self.rollbacks += 1
            self._lower_rate()
        else:
            self.gave_up = True
            session.model.stop_training = True
        session.act(Phase.ROLLBACK, good.step)
        if self.verbose:
            print_or_log(text)

    def _lower_rate(self) -> None:
        session = self._session
        if self._factor is None or session is None:
            return
        self._factor.assign(self._factor * self.lr_factor)
        if not session.has_schedule:
            optimizer = session.optimizer
            optimizer.learning_rate = float(_values.array_of(optimizer.learning_rate)) * self.lr_factor

    def _point(self, session: TrainingSession) -> RollbackPoint:
        self._sync_variables()
        step = int(_values.array_of(self._counters["step"]))
        return RollbackPoint.now(session, step=step, epoch=self._epoch, in_epoch=bool(self._points))

    def _text(self, event: Mapping[str, Any]) -> str:
        where = f"step {event['step']} (epoch {event['epoch']})"
        what = f"the weights after {where} are not finite"
        if event["loss"] is not None:
            reference = f", above {self.factor:g} times the {self._reference_name()}" if self.factor else ""
            what = f"the loss of {where} is {event['loss']:.6g}{reference if event['threshold'] is not None else ''}"
        lower = f" with the learning rate times {self.lr_factor:g}" if self.lr_factor < 1 else ""
        done = {
            "stopped": f"stopped and restored the state after step {event['good_step']}",
            "rolled back": f"restored the state after step {event['good_step']} and continues{lower}",
            "raised": "lower the learning rate, or clip the gradients",
        }
        return f"ExplosionDetector: {what}; {done[event['action']]}"

    def _reference_name(self) -> str:
        return {
            "first": "first loss",
            "best": "best loss",
            "median": f"median of the last losses (at most {self.window})",
        }[self.against]


def _sum_of_replicas(loss: Any) -> Any:
    import tensorflow as tf

    # The loss of each replica is already divided by the number of replicas.
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, loss)
