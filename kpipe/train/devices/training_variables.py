"""The variables that a training changes, with the copies of all replicas if they differ."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from kpipe_callbacks.training_session import TrainingSession

Array = npt.NDArray[Any]


def training_variables(model: keras.Model) -> list[keras.Variable]:
    """Return the variables that a training of a compiled model changes.

    Args:
        model: a compiled model whose optimizer and metrics are built.

    Returns:
        Weights, statistics, seed generators, metrics and the state of the optimizer, each once, in an order that only
        depends on the model. Variables of callbacks are part of the state of the callbacks.
    """
    metric_variables = [variable for metric in model.metrics for variable in metric.variables]
    session = TrainingSession.of(model)
    if session is not None:
        metric_variables = session.variables.without(metric_variables)
    found = [*model.variables, *metric_variables, *model.optimizer.variables]
    return list({id(variable): variable for variable in found}.values())


def seed_variables(model: keras.Model) -> list[keras.Variable]:
    """Return the states of the seed generators of a model, which dropout and noise use."""
    return [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]


def copies(variable: keras.Variable) -> list[Any]:
    """Return the TensorFlow variables of a Keras variable: one, or one per replica."""
    value = variable.value
    return list(value.values) if hasattr(value, "values") and not callable(value.values) else [value]


def read_variable(variable: keras.Variable) -> list[Array]:
    """Return the value of a variable, or one value per replica if they differ or are parts of a sum."""
    values = [np.array(copy) for copy in copies(variable)]
    same = not _is_sum(variable) and all(_equal(value, values[0]) for value in values[1:])
    return values[:1] if same else values


def write_variable(variable: keras.Variable, values: list[Array]) -> None:
    """Set a variable to what `read_variable` returned, also for another number of replicas.

    In that case the first replica receives the total of a sum and the others zero; otherwise all replicas receive the
    first value.
    """
    targets = copies(variable)
    if len(values) != len(targets) and _is_sum(variable):
        total = np.sum(np.stack(values), axis=0, dtype=values[0].dtype)
        values = [total, *(np.zeros_like(total) for _ in targets[1:])]
    for index, target in enumerate(targets):
        target.assign(values[index] if len(values) == len(targets) else values[0])


def _is_sum(variable: keras.Variable) -> bool:
    """Return whether the value is the sum over replicas, as for metrics."""
    return bool(variable.aggregation == "sum")


def _equal(first: Array, second: Array) -> bool:
    return first.tobytes() == second.tobytes()
