"""The base class of callbacks that act inside the compiled step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import keras

from kpipe_callbacks._keras_internals import model_of
from kpipe_callbacks.step_variables import OnReplicas, OnRollback, StepVariable
from kpipe_callbacks.training_session import TrainingSession


class StepCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Base class of callbacks with variables and actions inside the compiled training step.

    A subclass overrides `begin`, in which it declares its variables with `add_variable` and its actions with
    `session.during(phase, action)`. This is sufficient for `fit`. A kpipe run also reads the attributes and calls the
    methods below, so in a spec a custom callback of this class, for example from a file under `imports`, can do all
    that the built-in callbacks can.

    | to declare | use |
    |---|---|
    | when it acts, including the end of the training and rollbacks | a `Phase` for each action |
    | the effect of a rollback on a variable | `add_variable(..., on_rollback=OnRollback.RESTORE)` |
    | how to combine a variable of several replicas | `add_variable(..., on_replicas=OnReplicas.SUM)` |
    | that it cannot work on several replicas | `replica_problem` |
    | state in a checkpoint besides its variables and plain attributes | `get_state` and `restore` |
    | that the evaluated weights differ from the trained ones | `use_evaluation_weights`, `use_training_weights` |
    | computations on the weights that are kept | `on_model_chosen` |
    | that it sets the learning rate, or decides when a training has exploded | the attributes below |

    Attributes:
        sets_learning_rate: whether it sets the learning rate of each step; default False.
        judges_loss: whether it handles losses that are not finite, and reports by `has_exploded` whether the training
            has exploded; default False.
        needs_batch_logs: whether its `on_train_batch_end` reads `logs`, which requires waiting for the device after
            each step; default True.
        explosions: the explosions found by a callback that judges the loss, one mapping each: `step`, from 1; `loss`,
            None if it was finite and the weights were not; and `good_step`, whose state was restored.

    Example:
        >>> from kpipe_callbacks import OnRollback, Phase, StepCallback
        >>> class UpdateCounter(StepCallback):
        ...     def begin(self, session):
        ...         self.updates = self.add_variable("updates", 0, "int32", on_rollback=OnRollback.RESTORE)
        ...         session.during(Phase.AFTER_UPDATE, self.count)
        ...
        ...     def count(self, updated):
        ...         self.updates.assign_add(keras.ops.cast(updated, "int32"))
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse")
        >>> counter, ones = UpdateCounter(), keras.ops.ones((6, 1))
        >>> _ = model.fit(ones, ones, batch_size=2, epochs=2, verbose=0, callbacks=[counter])
        >>> int(counter.value("updates")), counter.get_state()
        (6, {'updates': array(6, dtype=int32)})
    """

    #: Read by kpipe; specs contain only subclasses.
    in_specs: ClassVar[bool] = False
    sets_learning_rate: bool = False
    judges_loss: bool = False
    needs_batch_logs: bool = True

    def __init__(self) -> None:
        super().__init__()
        self._session: TrainingSession | None = None
        self._pending: Mapping[str, Any] | None = None
        self._epoch = 0
        self._declared: dict[str, StepVariable] = {}

    # Methods that a subclass may override

    def begin(self, session: TrainingSession) -> None:
        """Declare variables and actions, at the beginning of a training and with a built model.

        Args:
            session: the training, with its model, optimizer and callbacks.

        Raises:
            ValueError: the callback cannot be used in this training; a kpipe run reports the message before training,
                at the place of the callback in the spec.
        """

    def get_state(self) -> dict[str, Any]:
        """Return the state for a checkpoint, as plain values and NumPy arrays: by default the variables."""
        self._sync_variables()
        return {name: entry.read() for name, entry in self._declared.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the output of `get_state`, after `begin`: by default the variables."""
        for name, value in state.items():
            if name in self._declared:
                self._declared[name].write(value)

    def replica_problem(self, replicas: int) -> str | None:
        """Return why the callback cannot work on several replicas; None, the default, if it can.

        Args:
            replicas: number of replicas, at least 2.
        """
        del replicas
        return None

    @property
    def has_exploded(self) -> bool:
        """Whether the callback ended the training because it exploded."""
        return False

    @property
    def explosions(self) -> Sequence[Mapping[str, Any]]:
        """The explosions that the callback has found; see the attributes of the class."""
        return ()

    def use_evaluation_weights(self) -> bool:
        """Put the weights to validate, choose and save into the model; return whether they changed."""
        return False

    def use_training_weights(self) -> None:
        """Undo `use_evaluation_weights`: put the weights to train into the model."""

    def prepare_run(self, *, batch_size: int, training_data: Callable[[], Iterable[Any]]) -> None:
        """Receive properties of a kpipe run that a callback of `fit` cannot read.

        Args:
            batch_size: samples per batch, of all replicas together.
            training_data: function that returns batches (inputs, ...) of the training part, shuffled and always the
                same; call it in an epoch or after it, not before the training.
        """

    def on_model_chosen(self, training_data: Callable[[], Iterable[Any]]) -> bool:
        """Update the model that a kpipe run has chosen to keep; return whether it changed.

        Args:
            training_data: function that returns batches (inputs, ...) of the training part.
        """
        del training_data
        return False

    # Methods for subclasses

    def add_variable(
        self,
        name: str,
        value: Any,
        dtype: str | None = None,
        *,
        on_rollback: OnRollback = OnRollback.KEEP,
        on_replicas: OnReplicas = OnReplicas.SAME,
    ) -> keras.Variable:
        """Create a variable that actions inside the step can change; call it in `begin`.

        Args:
            name: name of the variable, unique in this callback, for `value` and `get_state`.
            value: initial value, a number or an array, which is copied.
            dtype: data type; default None: that of the value.
            on_rollback: whether a rollback restores the value; default `KEEP`.
            on_replicas: how the values of several replicas are combined; default `SAME`.

        Raises:
            ValueError: the callback has a variable with this name already, or there is no training.
        """
        if self._session is None:
            raise ValueError(f"add_variable({name!r}): no training has begun; call it in begin")
        if name in self._declared:
            raise ValueError(f"add_variable({name!r}): duplicate variable of {type(self).__name__}; rename one")
        variables = self._session.variables
        found = variables.add(name, value, dtype, on_rollback=on_rollback, on_replicas=on_replicas)
        self._declared[name] = found
        return found.variable

    def value(self, name: str) -> Any:
        """Return the value of a variable as a NumPy array, with the values of several replicas combined."""
        self._sync_variables()
        return self._declared[name].read()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Set the output of `get_state`, for the next training before `fit`, or immediately during a training."""
        # Only the next epoch shows whether the present training continues or was aborted.
        self._pending = dict(state)
        if self._session is not None:
            self.restore(state)

    # Callback methods of Keras

    def on_train_begin(self, logs: Any = None) -> None:
        """Join the session of the training."""
        try:
            self._session = TrainingSession.join(self)
            self._session.start(self._start)
        except BaseException:
            session = TrainingSession.of(model_of(self))
            if session is not None:
                session.close()
            raise

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch."""
        self._epoch = epoch
        if self._session is not None and self._session.is_ready:
            self._pending = None

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the session; the last callback to leave runs the phases at the end of the training."""
        session, self._session, self._pending = self._session, None, None
        if session is not None:
            session.leave(self)

    def leave(self, session: TrainingSession) -> None:
        """Release a session that has ended, even if `on_train_end` was not called."""
        if self._session is session:
            self._session = None

    def _sync_variables(self) -> None:
        """Copy the state of a running JAX training into the variables, which are empty within an epoch."""
        _ = self.model

    def _start(self, session: TrainingSession) -> None:
        pending = self._pending
        problem = self.replica_problem(session.replicas) if session.replicas > 1 else None
        if problem is not None:
            raise ValueError(problem)
        self._declared = {}
        self.begin(session)
        if pending is not None:
            self.restore(pending)
