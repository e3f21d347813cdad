"""Variables of callbacks inside the compiled step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import Any

import keras
import numpy as np

from kpipe_callbacks import _values
from kpipe_callbacks._keras_internals import own_variables

_PREFIX = "kpipe_callbacks_"


class OnRollback(Enum):
    """The effect of a rollback to an earlier step on a variable of a callback.

    `KEEP` keeps the value, as for a counter of all steps. `RESTORE` restores the value after that step, as for the
    weights.
    """

    KEEP = "keep"
    RESTORE = "restore"


class OnReplicas(Enum):
    """How the values of a variable on several replicas are combined, for a checkpoint and for `StepCallback.value`.

    `SAME` reads the first replica, because all compute the same value. `SUM` adds the values, as for counts of samples.
    `MEAN` averages them.
    """

    SAME = "same"
    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True, eq=False)
class StepVariable:
    """A variable of a callback with the declarations of the callback about it."""

    name: str
    variable: keras.Variable
    on_rollback: OnRollback
    on_replicas: OnReplicas

    def read(self) -> np.ndarray[Any, Any]:
        """Return the value as a NumPy array, with the values of several replicas combined."""
        copies = [_values.array_of(copy) for copy in _values.copies(self.variable)]
        if self.on_replicas is OnReplicas.SAME:
            return copies[0]
        combined = np.sum(copies, axis=0) if self.on_replicas is OnReplicas.SUM else np.mean(copies, axis=0)
        return np.asarray(combined, copies[0].dtype)

    def write(self, value: Any) -> None:
        """Assign the output of `read`; a sum is assigned to the first replica."""
        array = np.asarray(value)
        copies = _values.copies(self.variable)
        if len(copies) == 1:
            self.variable.assign(array)
            return
        for index, copy in enumerate(copies):
            is_zero = self.on_replicas is OnReplicas.SUM and index > 0
            copy.assign(np.zeros_like(array) if is_zero else array)


class StepVariables:
    """The variables of all callbacks of a training, stored among those of the first metric of the model.

    Keras' JAX trainer updates only the variables of the model, its optimizer and its metrics. Variables of a metric
    have no side effects: Keras does not save metrics, and this metric is reset without them.

    Args:
        model: a compiled model.
    """

    def __init__(self, model: keras.Model) -> None:
        if not model.metrics:
            raise ValueError(
                f"{model.name}: the model has no metric, in which callbacks store their variables; expected at least "
                "one, such as that of the loss; add a metric to its `metrics`"
            )
        self._model = model
        self._metric = model.metrics[0]
        self._own: list[StepVariable] = []
        vars(self._metric)["reset_state"] = self._reset_others

    def add(
        self,
        name: str,
        value: Any,
        dtype: str | None = None,
        *,
        on_rollback: OnRollback = OnRollback.KEEP,
        on_replicas: OnReplicas = OnReplicas.SAME,
    ) -> StepVariable:
        """Create a variable with a copy of a value; under a strategy each replica has its own copy."""
        array = np.array(value, dtype=dtype)
        with strategy_scope(self._model):
            variable = keras.Variable(
                array, trainable=False, dtype=dtype or str(array.dtype), aggregation="none", name=f"{_PREFIX}{name}"
            )
        found = StepVariable(name, variable, on_rollback, on_replicas)
        self._own.append(found)
        own_variables(self._metric).append(variable)
        return found

    @property
    def restored(self) -> list[keras.Variable]:
        """The variables that a rollback restores."""
        return [entry.variable for entry in self._own if entry.on_rollback is OnRollback.RESTORE]

    def without(self, variables: list[keras.Variable]) -> list[keras.Variable]:
        """Return the given variables except those of callbacks."""
        own = {id(entry.variable) for entry in self._own}
        return [entry for entry in variables if id(entry) not in own]

    def close(self) -> None:
        """Restore the metric."""
        self._remove()
        vars(self._metric).pop("reset_state", None)

    def _remove(self) -> None:
        variables = own_variables(self._metric)
        variables[:] = self.without(variables)

    def _reset_others(self) -> None:
        before = list(own_variables(self._metric))
        self._remove()
        try:
            type(self._metric).reset_state(self._metric)
        finally:
            own_variables(self._metric)[:] = before


def strategy_scope(model: keras.Model) -> AbstractContextManager[Any]:
    """The strategy scope of a model, in which its variables are created; a null context without TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    scope: AbstractContextManager[Any] = model.distribute_strategy.scope()
    return scope
