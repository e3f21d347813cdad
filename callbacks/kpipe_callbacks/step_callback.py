"""The base class of callbacks that act inside the compiled step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import keras

from kpipe_callbacks._keras_internals import model_of
from kpipe_callbacks.step_variables import OnReplicas, OnRollback, StepVariable
from kpipe_callbacks.training_session import TrainingSession


class StepCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """A callback with variables and actions inside the compiled step, which declares what else depends on it.

    A subclass overrides `begin`, and declares there its variables with `add_variable` and its actions with
    `session.during(phase, action)`. `fit` needs no more. A run of kpipe reads the attributes and calls the methods
    below too, so a callback of this class, also one of a file under `imports`, can do in a spec what kpipe's own
    callbacks do.

    | to declare | write |
    |---|---|
    | when it acts, at the end of the training and after a rollback too | a `Phase` for each action |
    | what a rollback does to a variable | `add_variable(..., on_rollback=OnRollback.RESTORE)` |
    | what its variables are on several replicas | `add_variable(..., on_replicas=OnReplicas.SUM)` |
    | that it cannot work on several replicas | `replica_problem` |
    | what a checkpoint holds besides its variables and plain attributes | `get_state` and `restore` |
    | that other weights are validated than those that are trained | `use_evaluation_weights`, `use_training_weights` |
    | what is computed from the weights that are kept | `on_model_chosen` |
    | that it sets the learning rate, or decides when a training has exploded | the attributes below |

    Attributes:
        sets_learning_rate: whether it sets the learning rate of each step; default False.
        judges_loss: whether it decides when a training has exploded, by `has_exploded`, so that a loss that is not
            finite is left to it; default False.
        needs_batch_logs: whether its `on_train_batch_end` reads `logs`, for which the device has to be waited for after
            each step; default True.
        explosions: what a callback that judges the loss has found, one mapping for each explosion: `step`, from 1,
            `loss`, None where it was finite and the weights were not, and `good_step`, whose state was put back.

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

    #: Read by kpipe: specs name the subclasses.
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

    # What a subclass may override.

    def begin(self, session: TrainingSession) -> None:
        """Declares variables and actions, when a training begins and its model is built.

        Args:
            session: the training: its model, its optimizer and its callbacks.

        Raises:
            ValueError: the callback cannot take part in this training; a run of kpipe shows the message at the
                callback's place in the spec before anything is trained.
        """

    def get_state(self) -> dict[str, Any]:
        """What a checkpoint holds of the callback, as plain values and NumPy arrays: by default its variables."""
        self._bring_state()
        return {name: entry.read() for name, entry in self._declared.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Gives the callback what `get_state` returned, after `begin`: by default its variables."""
        for name, value in state.items():
            if name in self._declared:
                self._declared[name].write(value)

    def replica_problem(self, replicas: int) -> str | None:
        """Why the callback cannot work on several replicas; None, the default, where it can.

        Args:
            replicas: how many, at least 2.
        """
        del replicas
        return None

    @property
    def has_exploded(self) -> bool:
        """Whether the training was ended because it exploded; of a callback that judges the loss."""
        return False

    @property
    def explosions(self) -> Sequence[Mapping[str, Any]]:
        """What a callback that judges the loss has found; see the attributes of the class."""
        return ()

    def use_evaluation_weights(self) -> bool:
        """Gives the model the weights that are validated, chosen and saved; returns whether this has changed them."""
        return False

    def use_training_weights(self) -> None:
        """Gives the model the weights that are trained, where it has those of `use_evaluation_weights`."""

    def prepare_run(self, *, batch_size: int) -> None:
        """Receives what a run of kpipe knows and a callback of `fit` cannot see.

        Args:
            batch_size: samples of a batch, of all replicas together.
        """

    def on_model_chosen(self, training_data: Callable[[], Iterable[Any]]) -> bool:
        """Completes the model that a run of kpipe keeps, once it has been chosen; returns whether it has changed.

        Args:
            training_data: returns batches (inputs, ...) of the training part.
        """
        del training_data
        return False

    # What a subclass uses.

    def add_variable(
        self,
        name: str,
        value: Any,
        dtype: str | None = None,
        *,
        on_rollback: OnRollback = OnRollback.KEEP,
        on_replicas: OnReplicas = OnReplicas.SAME,
    ) -> keras.Variable:
        """A variable that actions inside the step can change, in `begin`.

        Args:
            name: its name among those of the callback; `value` and `get_state` know it by this.
            value: its first value, a number or an array, which is copied.
            dtype: default: that of the value.
            on_rollback: whether it goes back with the weights, default: it keeps its value.
            on_replicas: how the values of several replicas become one, default: they are the same.

        Raises:
            ValueError: there is a variable of this name already, or no training.
        """
        if self._session is None:
            raise ValueError(f"add_variable({name!r}): there is no training; call it in begin")
        if name in self._declared:
            raise ValueError(f"add_variable({name!r}): {type(self).__name__} has a variable of this name already")
        variables = self._session.variables
        found = variables.add(name, value, dtype, on_rollback=on_rollback, on_replicas=on_replicas)
        self._declared[name] = found
        return found.variable

    def value(self, name: str) -> Any:
        """The value of a variable as a NumPy array, with those of several replicas combined."""
        self._bring_state()
        return self._declared[name].read()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Gives the callback what `get_state` returned: before `fit` for the next training, within one at once."""
        # Whether a training continues or was broken off shows at the beginning of its next epoch only.
        self._pending = dict(state)
        if self._session is not None:
            self.restore(state)

    # The training.

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes part in the training."""
        try:
            self._session = TrainingSession.join(self)
            self._session.start(self._start)
        except BaseException:
            broken = TrainingSession.of(model_of(self))
            if broken is not None:
                broken.close()
            raise

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch
        if self._session is not None and self._session.is_ready:
            self._pending = None

    def on_train_end(self, logs: Any = None) -> None:
        """Ends its part; with the last callback the phases of the end run."""
        session, self._session, self._pending = self._session, None, None
        if session is not None:
            session.leave(self)

    def leave(self, session: TrainingSession) -> None:
        """Forgets a session that has ended, also where `on_train_end` was not called."""
        if self._session is session:
            self._session = None

    def _bring_state(self) -> None:
        """On JAX, brings the state of a running training into the variables, which are empty within an epoch."""
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
