"""Weight averaging for validation and the final model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

import keras
from keras import ops

from kpipe_callbacks import _values
from kpipe_callbacks._choice import check_choice
from kpipe_callbacks._metadata import NotInSpec
from kpipe_callbacks._range import AT_LEAST_1, BELOW_1, NOT_NEGATIVE
from kpipe_callbacks._reestimation import (
    batch_norm_statistics,
    reestimate_statistics,
    refuse_data,
    refuse_second,
)
from kpipe_callbacks.phase import Phase
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.step_variables import OnRollback
from kpipe_callbacks.training_session import TrainingSession

BatchNorm = Literal["average", "reestimate", "keep"]


class PolyakAveraging(StepCallback):
    """x_test <- d x_test + (1 - d) x after each update of the weights x; x_test is validated, saved and kept.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 30, 1992. With
    `decay="equal"` all weights count equally: x_test <- x_test + (x - x_test)/(n + 1), stochastic weight averaging
    (Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018, section 3.2). With
    `warmup` the initial weights are excluded: the decay of average n is d (1 - d^n)/(1 - d^(n+1)), so x_test is
    sum d^(n-i) x_i / sum d^(n-i), the bias correction of Kingma and Ba, "Adam", ICLR 2015, section 3.

    The averages are variables inside the compiled step, so they are also exact with `steps_per_execution`, gradient
    accumulation and replicas. The training itself continues with the raw weights and is bit-identical to one without
    the callback. Before `start` there are no averages, and the raw weights are used everywhere.

    The weights in the model:

    | when | weights in the model |
    |---|---|
    | within an epoch | raw |
    | from the end of an epoch to the next: validation, `on_epoch_end` of others, checkpoints | averages |
    | after `fit`, stopped early or not: `evaluate`, `predict`, `save` | averages |
    | after `fit` with an `EarlyStopping` that restores | averages of the best epoch |
    | after an exception within an epoch, or in a batch of the validation of `fit` | raw |
    | after another exception at the end of an epoch: `on_epoch_end`, opening the validation data | averages |
    | in another `fit` with the same callback | raw, and the averages continue (1) |
    | in another `fit` without it, or with a new one | the training continues from the weights in the model |

    (1) If the averages in the model were changed in between, by hand or by restoring the best epoch, both the raw
    weights and the averages start from them.

    `in_use` reports whether the model has the averages; `use_raw()` and `use_averages()` switch without losing either.

    Args:
        decay: d, from 0 to below 1, default 0.995; or `equal`.
        every: updates between two averages, at least 1, default 1.
        start: updates before the first average, at least 0, default 0; x_test begins with the weights at that update.
        warmup: whether the weights at `start` are excluded from the average, default False. Otherwise they keep the
            share d^n after n averages, half after 138 averages with d = 0.995. Use it for short trainings.
        batch_norm: how to set the moving statistics of BatchNormalization. `keep` (default) leaves those of the raw
            weights; `average` averages them like the weights; `reestimate` recomputes them at the end of the training
            in a pass over `data` with the averaged weights. Moving statistics lag by about 100 steps (momentum 0.99)
            and their averages by twice that, so re-estimate them after short trainings.
        data: for `reestimate`, a finite iterable of batches of inputs, or of (inputs, ...), that can be iterated
            repeatedly, such as a list, a `tf.data.Dataset` or a `keras.utils.PyDataset`.

    Attributes:
        reestimates_at_end: False if the caller runs `reestimate` after the training; default True.

    Raises:
        ValueError: an argument is out of range; at the beginning of a training, an optimizer that also averages
            (`use_ema`), a second PolyakAveraging, `BatchStatistics`, several replicas with `steps_per_execution` above
            1, or `reestimate` on several replicas.

    Example:
        >>> import numpy as np
        >>> layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((1,)), layer])
        >>> model.compile(keras.optimizers.SGD(0.5), "mse")
        >>> averaging = PolyakAveraging(decay=0.5)
        >>> _ = model.fit(np.ones((1, 1)), np.zeros((1, 1)), epochs=1, verbose=0, callbacks=[averaging])
        >>> float(model.get_weights()[0].item())
        0.5
        >>> averaging.use_raw()
        >>> float(model.get_weights()[0].item())
        0.0
    """

    sets_evaluated_statistics = True

    def __init__(
        self,
        decay: Annotated[float, BELOW_1] | Literal["equal"] = 0.995,
        every: Annotated[int, AT_LEAST_1] = 1,
        start: Annotated[int, NOT_NEGATIVE] = 0,
        warmup: bool = False,
        batch_norm: BatchNorm = "keep",
        data: Annotated[Any, NotInSpec("the run passes the training part")] = None,
    ) -> None:
        super().__init__()
        if decay != "equal":
            BELOW_1.number("decay", decay, otherwise="'equal'")
        if decay == "equal" and warmup:
            raise ValueError("warmup: unused with decay='equal', which weights all updates equally; remove warmup")
        check_choice("batch_norm", batch_norm, ("average", "reestimate", "keep"))
        refuse_data(data)
        if data is not None and batch_norm != "reestimate":
            raise ValueError(
                f"data: unused without batch_norm='reestimate', got batch_norm={batch_norm!r}; remove data"
            )
        self.decay = decay
        self.every = AT_LEAST_1.integer("every", every)
        self.start = NOT_NEGATIVE.integer("start", start)
        self.warmup = warmup
        self.batch_norm = batch_norm
        self.data = data
        self.reestimates_at_end = True
        self._variables: list[keras.Variable] = []
        self._averages: list[keras.Variable] = []
        self._statistics: list[keras.Variable] = []
        self._updates: keras.Variable | None = None
        self._raw: _values.Values | None = None

    @property
    def in_use(self) -> bool:
        """Whether the model currently has the averages."""
        return self._raw is not None

    def use_averages(self) -> None:
        """Put the averages into the model and keep its raw weights; does nothing if there are no averages yet."""
        if self.in_use or self._updates is None:
            return
        self._sync_variables()
        # Before the first average, the variables contain the initial weights.
        if int(_values.array_of(self._updates)) < (self.start or self.every):
            return
        self._raw = _values.read([*self._variables, *self._statistics])
        for variable, average in zip(self._variables, self._averages, strict=True):
            _assign_copy(variable, average)

    def use_raw(self) -> None:
        """Restore the raw weights of the model bit-identically; does nothing if the model has them."""
        if self._raw is not None:
            self._sync_variables()
            _values.write([*self._variables, *self._statistics], self._raw)
            self._raw = None

    def reestimate(self, data: Any) -> None:
        """Recompute the statistics of BatchNormalization in a pass over data with the current weights.

        The statistics are the means over the batches, weighted by their number of samples.

        Args:
            data: batches of inputs, or of (inputs, ...).

        Raises:
            ValueError: the data contains no batch.
        """
        reestimate_statistics(self.model, data)

    def get_state(self) -> dict[str, Any]:
        """Return the averages and the number of updates."""
        self._sync_variables()
        updates = None if self._updates is None else int(_values.array_of(self._updates))
        return {"updates": updates, "averages": _values.to_arrays(_values.read(self._averages))}

    def replica_problem(self, replicas: int) -> str | None:
        """Report that statistics cannot be re-estimated on several replicas."""
        if self.batch_norm != "reestimate":
            return None
        return (
            f"batch_norm='reestimate' does not work on {replicas} replicas, because each receives only a part of the "
            "batch; use 'average', or call reestimate(data) with the saved model on one device"
        )

    def use_evaluation_weights(self) -> bool:
        """Put the averages into the model; return whether this changed its weights."""
        before = self.in_use
        self.use_averages()
        return self.in_use and not before

    def use_training_weights(self) -> None:
        """Restore the raw weights of the model."""
        self.use_raw()

    def prepare_run(self, *, batch_size: int, training_data: Callable[[], Iterable[Any]]) -> None:
        """Postpone the re-estimation until the run has chosen the model to keep."""
        self.reestimates_at_end = False

    def on_model_chosen(self, training_data: Callable[[], Iterable[Any]]) -> bool:
        """Re-estimate the statistics of the model that the run keeps, with `batch_norm="reestimate"`."""
        if self.batch_norm != "reestimate":
            return False
        self.reestimate(training_data())
        return True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restore the raw weights."""
        super().on_epoch_begin(epoch, logs)
        self.use_raw()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the averages into the model; in `fit` it has them already."""
        self.use_averages()

    def begin(self, session: TrainingSession) -> None:
        """Declare the averages and the phases in which the model has them."""
        self._check_session(session)
        model = session.model
        continues = self._continues(model)
        self._raw = None
        values = [_values.array_of(average) for average in self._averages] if continues else None
        updates = int(_values.array_of(self._updates)) if continues else 0
        self._variables = self._averaged_variables(model)
        # Re-estimated statistics belong to the averages, so `use_raw` must restore the others.
        self._statistics = batch_norm_statistics(model) if self.batch_norm == "reestimate" else []
        found = values or [_values.array_of(variable) for variable in self._variables]
        self._averages = [
            self.add_variable(f"average_{index}", value, _wide(variable.dtype), on_rollback=OnRollback.RESTORE)
            for index, (variable, value) in enumerate(zip(self._variables, found, strict=True))
        ]
        self._updates = self.add_variable("polyak_updates", updates, "int32", on_rollback=OnRollback.RESTORE)
        session.during(Phase.AFTER_UPDATE, self._average)
        session.during(Phase.EPOCH_END_WEIGHTS, lambda logs: self.use_averages())
        session.during(Phase.VALIDATION_FAILED, self.use_raw)
        session.during(Phase.TRAIN_END_WEIGHTS, self.use_averages)
        session.during(Phase.TRAIN_END_STATISTICS, self._finish)

    def _continues(self, model: keras.Model) -> bool:
        """Return whether the model is unchanged since the last training; if so, restore its raw weights."""
        now = self._averaged_variables(model)
        if not self._variables or [id(entry) for entry in self._variables] != [id(entry) for entry in now]:
            return False
        if self.in_use and not _values.same(self._variables, self._averages):
            return False
        self.use_raw()
        return True

    def _averaged_variables(self, model: keras.Model) -> list[keras.Variable]:
        found = list(model.trainable_variables)
        return found + batch_norm_statistics(model) if self.batch_norm == "average" else found

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the averages and the number of updates."""
        if state["updates"] is None or self._updates is None:
            return
        if len(state["averages"]) != len(self._averages):
            raise ValueError(
                f"the state belongs to another model; expected {len(self._averages)} averages, got "
                f"{len(state['averages'])}"
            )
        self.use_raw()
        self._updates.assign(state["updates"])
        _values.write(self._averages, state["averages"])

    def _average(self, updated: Any) -> None:
        """Update the averages, inside the compiled step, if an average is due."""
        if self._updates is None:
            return
        before = ops.add(self._updates, 0)
        done = before + (1 if updated is True else ops.cast(updated, "int32"))
        self._updates.assign(done)
        # The number of averages before this one.
        count = ops.cast((done - self.start) // self.every - 1, "float32")
        if updated is True and self.every == 1 and self.start == 0:
            self._move(self._rate(count))
            return
        due = ops.logical_and(done > self.start, (done - self.start) % self.every == 0)
        begins = ops.logical_and(done == self.start, self.start > 0)
        acts = ops.logical_and(ops.logical_or(due, begins), True if updated is True else updated)
        rate = ops.where(begins, 1.0, self._rate(ops.maximum(count, 0.0)))
        if keras.backend.backend() == "tensorflow":
            ops.cond(acts, lambda: self._move(rate), lambda: None)
        else:
            # On JAX a branch cannot change a variable; a weight of 0 keeps the averages.
            self._move(ops.where(acts, rate, 0.0))

    def _rate(self, count: Any) -> Any:
        """The weight of the new value, after `count` earlier ones."""
        if self.decay == "equal":
            return 1.0 / (count + 1.0)
        decay = float(self.decay)
        if not self.warmup:
            return 1.0 - decay
        if decay == 0:
            return 1.0
        # 1 - d (1 - d^n)/(1 - d^(n+1)), without the cancellation of d near 1.
        return (1.0 - decay) / -ops.expm1((count + 1.0) * math.log(decay))

    def _move(self, rate: Any) -> None:
        for variable, average in zip(self._variables, self._averages, strict=True):
            value = ops.cast(ops.convert_to_tensor(variable), average.dtype)
            difference = ops.subtract(value, average)
            average.assign_add(ops.multiply(difference, ops.cast(rate, average.dtype)))

    def _finish(self) -> None:
        if self.batch_norm == "reestimate" and self.reestimates_at_end:
            self.reestimate(self.data)

    def _check_session(self, session: TrainingSession) -> None:
        if getattr(session.optimizer, "use_ema", False):
            raise ValueError(
                f"PolyakAveraging and {type(session.optimizer).__name__} with use_ema=True both average the weights; "
                "remove one of them"
            )
        refuse_second(session, self)
        if self.batch_norm == "reestimate" and self.data is None and self.reestimates_at_end:
            raise ValueError("batch_norm='reestimate' requires data; write data=, such as the training data")


def _assign_copy(variable: keras.Variable, average: keras.Variable) -> None:
    """Assign a copy of an average; on JAX the variables must not share an array, because the step donates both."""
    _values.write([variable], [[ops.cast(value, variable.dtype) for value in _values.read([average])[0]]])


def _wide(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32"
