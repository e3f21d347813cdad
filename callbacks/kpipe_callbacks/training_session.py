"""A training with step callbacks, which act in the phases of its compiled step and its epochs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import FrameType
from typing import Any, Protocol

import keras
from keras import ops

from kpipe_callbacks import _keras_internals
from kpipe_callbacks.phase import EPOCH_END, TRAIN_END, Phase
from kpipe_callbacks.step_variables import StepVariables, strategy_scope

_ATTRIBUTE = "_kpipe_callbacks_session"
_WATCHED = "_kpipe_callbacks_watched_"


class Participant(Protocol):
    """The interface of a callback for a session, implemented by `StepCallback`."""

    model: Any
    params: Any
    sets_learning_rate: bool
    _epoch: int

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch."""

    def leave(self, session: TrainingSession) -> None:
        """Release a session that has ended."""


class TrainingSession:
    """One training of a model, whose methods are wrapped so that callbacks can act in its phases.

    The wrapped methods of the model are:

    - `train_step`, to act before and after the update of the weights;
    - `compute_loss`, to receive the loss of a step;
    - the method that Keras calls at the end of each epoch before the validation, to act before any other callback;
    - `evaluate`, to detect a failed validation;
    - `make_train_function`, to detect the beginning of another training.

    They are restored after `on_train_end` of the last callback, or when another training begins.

    Attributes:
        model: the model that is trained.
        optimizer: the optimizer that updates the weights, without a `LossScaleOptimizer` around it.
        params: Keras' `params` of this training, by which callbacks of the same training are recognized.
        variables: variables of the callbacks inside the step.
        callbacks: the callbacks, in the order of their `on_train_begin`.
        replicas: number of replicas; 1 without a strategy.
        is_ready: whether the model is built. TensorFlow builds some models with the first batch; the callbacks begin
            then.
        learning_rate_factor: variable that multiplies the learning rate of a schedule, or None.
    """

    def __init__(self, model: keras.Model, params: Mapping[str, Any] | None) -> None:
        self.model, self.params, self._given = model, params or {}, params
        self.optimizer = inner_optimizer(model)
        self.is_jax = keras.backend.backend() == "jax"
        self.replicas = 1 if self.is_jax else _replicas(model)
        self._check_model()
        self.is_ready = model.built and all(layer.built for layer in _keras_internals.layers_of(model))
        self._waiting: list[Callable[[TrainingSession], None]] = []
        self.variables = StepVariables(model)
        self.learning_rate_factor: keras.Variable | None = None
        self.callbacks: list[Participant] = []
        self._actions: dict[Phase, list[Callable[..., None]]] = {phase: [] for phase in Phase}
        self._around: list[tuple[Callable[[Any], None], Callable[[Any], None]]] = []
        self._watched: list[keras.Variable] = []
        self._seen: list[Any] | None = None
        self._overrides: dict[str, tuple[Any, Callable[[], Any]]] = {}
        self._left: list[Participant] = []
        self._in_step = self._evaluating = 0
        self._before: dict[str, Any] = {}
        for name, method in (
            ("train_step", self._train_step),
            ("compute_loss", self._compute_loss),
            ("evaluate", self._evaluate),
            ("make_train_function", self._make_train_function),
            (_keras_internals.EPOCH_METRICS, self._metrics_result),
        ):
            self._before[name] = (name in vars(model), getattr(model, name))
            vars(model)[name] = method
        vars(model)[_ATTRIBUTE] = self

    @classmethod
    def of(cls, model: keras.Model) -> TrainingSession | None:
        """Return the session of a model that is being trained, or None."""
        found: TrainingSession | None = vars(model).get(_ATTRIBUTE)
        return found

    @classmethod
    def join(cls, callback: Participant) -> TrainingSession:
        """Add a callback to the session of its training, and return the session."""
        model = callback.model
        session = cls.of(model)
        if session is not None and session._given is not callback.params:
            session.close()
            session = None
        session = session or cls(model, callback.params)
        if any(entry is callback for entry in session.callbacks):
            raise ValueError(f"duplicate callback: the same {type(callback).__name__} object appears twice; remove one")
        session.callbacks.append(callback)
        return session

    def during(self, phase: Phase, action: Callable[..., None]) -> None:
        """Add an action to a phase; see `Phase` for its arguments."""
        self._actions[phase].append(action)

    def act(self, phase: Phase, *arguments: Any) -> None:
        """Run the actions of a phase."""
        for action in self._actions[phase]:
            action(*arguments)

    def watch(self, variable: keras.Variable) -> Callable[[], Any]:
        """Make the compiled step return the value of a variable.

        Reading a variable after a step takes longer than all computations of the callbacks.

        Returns:
            A function that returns the value after the last call, or None if the step could not return it.
        """
        index = len(self._watched)
        self._watched.append(variable)
        return lambda: None if self._seen is None else self._seen[index]

    def around_calls(self, before: Callable[[Any], None], after: Callable[[Any], None]) -> None:
        """Add functions that run before and after each call of the compiled step, in Python.

        A call has `steps_per_execution` steps. Unlike the batch methods of a callback, these functions do not make
        Keras wait for the metrics of each step. They receive the state before and after the call: on JAX, the values of
        the trainable variables, of the other variables of the model, and of those of the optimizer and the metrics,
        which are not in the model then; on TensorFlow, None.
        """
        self._around.append((before, after))

    def with_calls(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a compiled step with the functions of `around_calls`; called by training loops other than `fit`."""
        return partial(self._called, function) if self._around or self._watched else function

    def _called(self, function: Callable[..., Any], *args: Any) -> Any:
        for before, _ in self._around:
            before(args[0] if self.is_jax else None)
        result = function(*args)
        self._seen = self._pop_watched(result[0] if self.is_jax else result)
        for _, after in self._around:
            after(result[1] if self.is_jax else None)
        return result

    @property
    def has_schedule(self) -> bool:
        """Whether a callback of this training sets the learning rate."""
        return any(callback.sets_learning_rate for callback in self.callbacks)

    def start(self, begin: Callable[[TrainingSession], None]) -> None:
        """Begin a callback, now or as soon as the model is built."""
        if self.is_ready:
            self._build_optimizer()
            begin(self)
            self.retrace()
        else:
            self._waiting.append(begin)
            self.model.train_function = self._first_call

    def _first_call(self, *args: Any) -> Any:
        """Build the model from its first batch, begin the callbacks, and run the first step."""
        model = self.model
        try:
            _keras_internals.build_from_batch(model, args[-1].element_spec)
            self._build_optimizer()
            self.is_ready = True
            for begin in self._waiting:
                begin(self)
            for callback in self.callbacks:
                callback.on_epoch_begin(callback._epoch)
        except BaseException:
            self.close()
            raise
        self.retrace()
        return model.train_function(*args)

    def _build_optimizer(self) -> None:
        optimizer = self.model.optimizer
        if not optimizer.built:
            with strategy_scope(self.model):
                optimizer.build(self.model.trainable_variables)

    def epoch_ends(self, logs: dict[str, Any]) -> None:
        """Run the phases at the end of an epoch; called by training loops other than `fit`.

        Args:
            logs: the metrics of the epoch, to which the phases add.
        """
        for phase in EPOCH_END:
            self.act(phase, logs)

    def leave(self, callback: Participant) -> None:
        """Remove a callback; after the last one, run the phases at the end of the training and close the session."""
        self._left.append(callback)
        if len(self._left) == len(self.callbacks):
            try:
                for phase in TRAIN_END:
                    self.act(phase)
            finally:
                self.close()

    def retrace(self) -> None:
        """Compile the step again, with the actions of the callbacks."""
        _, make = self._before["make_train_function"]
        # A new function object keeps JAX from reusing the step that it compiled before.
        step = self._train_step
        vars(self.model)["train_step"] = lambda *args: step(*args)
        make(force=True)
        self.model.train_function = self.with_calls(self.model.train_function)

    def close(self) -> None:
        """Restore the model."""
        model = self.model
        for name, (was_own, method) in self._before.items():
            if was_own:
                vars(model)[name] = method
            else:
                vars(model).pop(name, None)
        self.variables.close()
        vars(model).pop(_ATTRIBUTE, None)
        # The compiled step contains actions of the callbacks, so the next training must compile its own.
        model.train_function = None
        for callback in self.callbacks:
            callback.leave(self)

    def other(self, callback: Participant, kind: type) -> Any:
        """Return another callback of a class in this training, or None."""
        found = [entry for entry in self.callbacks if entry is not callback and isinstance(entry, kind)]
        return found[0] if found else None

    def override(self, name: str, value: Callable[[], Any]) -> None:
        """Make an attribute of the optimizer a tensor inside the step; a number would be compiled as a constant."""
        self._overrides[name] = (getattr(self.optimizer, name), value)

    def _check_model(self) -> None:
        if self.replicas > 1 and self.model.steps_per_execution > 1:
            raise ValueError(
                f"steps_per_execution={self.model.steps_per_execution} does not work with {self.replicas} replicas, "
                "because TensorFlow cannot loop over steps that sum gradients of replicas; compile with "
                "steps_per_execution=1"
            )
        if not _keras_internals.counts_updates(self.optimizer):
            raise ValueError(f"{type(self.model.optimizer).__name__} does not count updates; use a Keras optimizer")

    def count_updates(self, name: str) -> keras.Variable:
        """Create a variable that counts the updates of this training inside the step.

        Keras' own counter is one too high after each epoch of a dataset of unknown length.
        """
        counter = self.variables.add(name, 0, "int32").variable

        def count(updated: Any) -> None:
            counter.assign_add(1 if updated is True else ops.cast(updated, "int32"))

        self.during(Phase.AFTER_UPDATE, count)
        return counter

    def iterations(self) -> Any:
        """The current number of updates, as a tensor."""
        # The addition makes a copy; the update changes the variable itself.
        return ops.add(self.optimizer.iterations, 0)

    def _train_step(self, *args: Any) -> Any:
        _, step = self._before["train_step"]
        return self._on_jax(step, *args) if self.is_jax else self._inside(step, *args)

    def _inside(self, step: Callable[..., Any], data: Any) -> Any:
        before = self.iterations() if self._may_skip() else None
        with _after(data):
            self.act(Phase.BEFORE_UPDATE)
        logs = self._run(step, data)
        updated: Any = True if before is None else ops.greater(self.iterations(), before)
        with _after(data):
            self.act(Phase.AFTER_UPDATE, updated)
        return self._with_watched(logs)

    def _on_jax(self, step: Callable[..., Any], state: Any, data: Any) -> Any:
        """Run a JAX step, which is a function of its state, with actions that are functions of the state too."""
        found: dict[str, Any] = {}

        def before() -> None:
            found["iterations"] = self.iterations()
            self.act(Phase.BEFORE_UPDATE)
            found["overrides"] = self._overridden()

        def after() -> None:
            found["seen"] = self._with_watched({})
            updated = ops.greater(self.iterations(), found["iterations"]) if self._may_skip() else True
            self.act(Phase.AFTER_UPDATE, updated)

        state = self._scoped(state, before)
        logs, state = self._run(step, state, data, given=found["overrides"])
        state = self._scoped(state, after)
        return ({**logs, **found["seen"]} if isinstance(logs, dict) else logs), state

    def _run(self, step: Callable[..., Any], *args: Any, given: Mapping[str, Any] | None = None) -> Any:
        vars(self.optimizer).update(self._overridden() if given is None else given)
        self._in_step += 1
        try:
            return step(*args)
        finally:
            self._in_step -= 1
            # TensorFlow traces the replicas in turn; the last one restores the plain numbers.
            if not self._in_step:
                vars(self.optimizer).update({name: plain for name, (plain, _) in self._overrides.items()})

    def _overridden(self) -> dict[str, Any]:
        return {name: value() for name, (_, value) in self._overrides.items()}

    def _scoped(self, state: Any, act: Callable[[], None]) -> Any:
        model = self.model
        groups = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
        pairs = [pair for group, values in zip(groups, state, strict=True) for pair in zip(group, values, strict=True)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            act()
        return tuple([scope.get_current_value(variable) for variable in group] for group in groups)

    def _with_watched(self, logs: Any) -> Any:
        if not self._watched or self.replicas > 1 or not isinstance(logs, dict):
            return logs
        return {**logs, **{f"{_WATCHED}{index}": ops.add(entry, 0) for index, entry in enumerate(self._watched)}}

    def _pop_watched(self, logs: Any) -> list[Any] | None:
        """Remove the values of the watched variables from the logs and return them; None if there are none."""
        if not isinstance(logs, dict) or f"{_WATCHED}0" not in logs:
            return None
        return [logs.pop(f"{_WATCHED}{index}") for index in range(len(self._watched))]

    def _is_running(self) -> bool:
        """Whether the caller is called by a callback of this training."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            caller = frame.f_locals.get("self")
            if isinstance(caller, keras.callbacks.CallbackList) and caller.params is self._given:
                return True
            frame = frame.f_back
        return False

    def _may_skip(self) -> bool:
        """Whether a step may skip the update, by gradient accumulation or because gradients overflowed."""
        return bool(self.optimizer.gradient_accumulation_steps) or self.optimizer is not self.model.optimizer

    def _compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        _, compute = self._before["compute_loss"]
        loss = compute(*args, **kwargs)
        if self._in_step:
            with _after(loss):
                self.act(Phase.LOSS, loss)
        return loss

    def _metrics_result(self, logs: Any) -> Any:
        _, result = self._before[_keras_internals.EPOCH_METRICS]
        found = result(logs)
        if not self._evaluating:
            found = dict(found)
            self.epoch_ends(found)
        return found

    def _evaluate(self, *args: Any, **kwargs: Any) -> Any:
        _, evaluate = self._before["evaluate"]
        self._evaluating += 1
        try:
            return evaluate(*args, **kwargs)
        except BaseException:
            # An evaluation by a custom callback is not part of the training.
            if kwargs.get(_keras_internals.OF_FIT):
                self.act(Phase.VALIDATION_FAILED)
            raise
        finally:
            self._evaluating -= 1

    def _make_train_function(self, force: bool = False) -> None:
        if self._is_running():
            # A callback calls `train_on_batch`, whose step belongs to this training.
            return
        # Otherwise this training has ended with an exception, and another one begins.
        self.close()
        self.model.make_train_function(force=force)


def inner_optimizer(model: keras.Model) -> Any:
    """The optimizer that updates the weights, without a `LossScaleOptimizer` around it."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def _after(values: Any) -> AbstractContextManager[Any]:
    """A context in which TensorFlow runs operations only after the given tensors are computed.

    A dataset of unknown length ends in the middle of a step, when independent operations may have run already.
    """
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    found: AbstractContextManager[Any] = tf.control_dependencies(
        # Sparse and ragged tensors consist of several tensors.
        [entry for entry in tf.nest.flatten(values, expand_composites=True) if tf.is_tensor(entry)]
    )
    return found


def _replicas(model: keras.Model) -> int:
    return int(model.distribute_strategy.num_replicas_in_sync) if hasattr(model, "distribute_strategy") else 1
