"""Variables of callbacks that are part of the compiled step."""

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
    """What happens to a variable of a callback when a training goes back to an earlier step.

    `KEEP`: nothing, as for a counter of all steps. `RESTORE`: it gets the value that it had after that step, as the
    weights do.
    """

    KEEP = "keep"
    RESTORE = "restore"


class OnReplicas(Enum):
    """How the values of a variable on several replicas become one, for a checkpoint and for `StepCallback.value`.

    `SAME`: each replica computes the same, and the first is read. `SUM`: they are added up, as counts of samples.
    `MEAN`: they are averaged.
    """

    SAME = "same"
    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True, eq=False)
class StepVariable:
    """A variable of a callback, and what its callback has declared about it."""

    name: str
    variable: keras.Variable
    on_rollback: OnRollback
    on_replicas: OnReplicas

    def read(self) -> np.ndarray[Any, Any]:
        """Its value as a NumPy array, with those of several replicas combined."""
        copies = [_values.array_of(copy) for copy in _values.copies(self.variable)]
        if self.on_replicas is OnReplicas.SAME:
            return copies[0]
        combined = np.sum(copies, axis=0) if self.on_replicas is OnReplicas.SUM else np.mean(copies, axis=0)
        return np.asarray(combined, copies[0].dtype)

    def write(self, value: Any) -> None:
        """The opposite of `read`; of a sum the first replica gets all."""
        array = np.asarray(value)
        copies = _values.copies(self.variable)
        if len(copies) == 1:
            self.variable.assign(array)
            return
        for index, copy in enumerate(copies):
            is_rest = self.on_replicas is OnReplicas.SUM and index > 0
            copy.assign(np.zeros_like(array) if is_rest else array)


class StepVariables:
    """The callbacks' variables of one training, kept among those of the model's first metric.

    Keras' JAX trainer knows the variables of the model, of its optimizer and of its metrics, and loses any other. A
    metric does not show them: Keras does not save metrics, and this one is reset without them.

    Args:
        model: compiled.
    """

    def __init__(self, model: keras.Model) -> None:
        if not model.metrics:
            raise ValueError(
                f"{model.name} has no metric, not even that of its loss, so callbacks have no place for their "
                "variables; add a metric to its `metrics`"
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
        """A new variable with a copy of a value; under a strategy each replica has its own, which no step compares."""
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
        """Those that go back with the weights when a training goes back to an earlier step."""
        return [entry.variable for entry in self._own if entry.on_rollback is OnRollback.RESTORE]

    def without(self, variables: list[keras.Variable]) -> list[keras.Variable]:
        """Those of some variables that belong to no callback."""
        own = {id(entry.variable) for entry in self._own}
        return [entry for entry in variables if id(entry) not in own]

    def close(self) -> None:
        """The metric is again as it was."""
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
    """The scope of a model's strategy, in which its variables are made; where the backend has no such, none."""
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    scope: AbstractContextManager[Any] = model.distribute_strategy.scope()
    return scope
