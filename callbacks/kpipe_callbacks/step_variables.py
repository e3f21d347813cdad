"""Variables of callbacks that live inside the compiled step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np

_PREFIX = "kpipe_callbacks_"


class StepVariables:
    """Own variables among those of a model's first metric, where every backend takes them through the step.

    Keras' JAX trainer knows the variables of the model, of its optimizer and of its metrics, and loses any other.
    A metric shows them to nobody: Keras does not save metrics, and this one is reset without them.

    Args:
        model: compiled.
    """

    def __init__(self, model: keras.Model) -> None:
        if not model.metrics:
            raise ValueError(
                f"{model.name} has no metric, not even that of its loss, so callbacks have no place for their "
                "variables; leave the loss out of its own `metrics` only if other metrics are in"
            )
        self._model = model
        self._metric = model.metrics[0]
        self._own: list[keras.Variable] = []
        vars(self._metric)["reset_state"] = self._reset_others

    def add(self, name: str, value: Any, dtype: str | None = None) -> keras.Variable:
        """A new variable with a copy of a value; under a strategy each replica has its own, which no step compares."""
        array = np.array(value, dtype=dtype)
        with strategy_scope(self._model):
            variable = keras.Variable(
                array, trainable=False, dtype=dtype or str(array.dtype), aggregation="none", name=f"{_PREFIX}{name}"
            )
        self._own.append(variable)
        self._metric._variables.append(variable)
        return variable

    def close(self) -> None:
        """The metric is again as it was."""
        self._remove()
        vars(self._metric).pop("reset_state", None)

    def _remove(self) -> None:
        own = {id(variable) for variable in self._own}
        self._metric._variables[:] = [entry for entry in self._metric._variables if id(entry) not in own]

    def _reset_others(self) -> None:
        before = list(self._metric._variables)
        self._remove()
        try:
            type(self._metric).reset_state(self._metric)
        finally:
            self._metric._variables[:] = before


def strategy_scope(model: keras.Model) -> AbstractContextManager[Any]:
    """The scope of a model's strategy, in which its variables are made; where the backend has no such, none."""
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    scope: AbstractContextManager[Any] = model.distribute_strategy.scope()
    return scope


def is_step_variable(variable: keras.Variable) -> bool:
    """Whether a variable is one of a callback's own."""
    return bool(variable.name.startswith(_PREFIX))
