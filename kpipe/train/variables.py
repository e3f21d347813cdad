"""All numbers that a training changes, with each replica's own copy where replicas differ."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def training_variables(model: keras.Model) -> list[keras.Variable]:
    """The variables of a compiled model whose optimizer and metrics are built.

    Returns:
        Weights, statistics, seed generators, metrics and the optimizer's state, each once, in an order that depends
        on the model alone.
    """
    of_metrics = [variable for metric in model.metrics for variable in metric.variables]
    found = [*model.variables, *of_metrics, *model.optimizer.variables]
    return list({id(variable): variable for variable in found}.values())


def read_variable(variable: keras.Variable) -> list[Array]:
    """The values of a variable: one, or where replicas have different ones, each replica's."""
    copies = [np.array(copy) for copy in _copies(variable)]
    same = all(_equal(copy, copies[0]) for copy in copies[1:])
    return copies[:1] if same else copies


def write_variable(variable: keras.Variable, values: list[Array]) -> None:
    """Gives a variable what `read_variable` returned; a single value goes to all replicas."""
    copies = _copies(variable)
    for index, copy in enumerate(copies):
        copy.assign(values[index] if len(values) == len(copies) else values[0])


def _copies(variable: keras.Variable) -> list[Any]:
    value = variable.value
    return list(value.values) if hasattr(value, "values") and not callable(value.values) else [value]


def _equal(first: Array, second: Array) -> bool:
    return first.tobytes() == second.tobytes()
