"""All numbers that a training changes, with each replica's own copy where replicas differ."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from kpipe_callbacks.training_session import TrainingSession

Array = npt.NDArray[Any]


def training_variables(model: keras.Model) -> list[keras.Variable]:
    """The variables of a compiled model whose optimizer and metrics are built.

    Returns:
        Weights, statistics, seed generators, metrics and the optimizer's state, each once, in an order that depends
        on the model alone. What callbacks keep there is part of their own state.
    """
    of_metrics = [variable for metric in model.metrics for variable in metric.variables]
    session = TrainingSession.of(model)
    if session is not None:
        of_metrics = session.variables.without(of_metrics)
    found = [*model.variables, *of_metrics, *model.optimizer.variables]
    return list({id(variable): variable for variable in found}.values())


def seed_variables(model: keras.Model) -> list[keras.Variable]:
    """The states of the seed generators of a model's layers, from which dropout and noise draw."""
    return [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]


def copies(variable: keras.Variable) -> list[Any]:
    """TensorFlow's variables for one of Keras': one, or that of each replica."""
    value = variable.value
    return list(value.values) if hasattr(value, "values") and not callable(value.values) else [value]


def read_variable(variable: keras.Variable) -> list[Array]:
    """The values of a variable: one, or where replicas have different ones or parts of a sum, each replica's."""
    values = [np.array(copy) for copy in copies(variable)]
    same = not _is_sum(variable) and all(_equal(value, values[0]) for value in values[1:])
    return values[:1] if same else values


def write_variable(variable: keras.Variable, values: list[Array]) -> None:
    """Give a variable what `read_variable` returned, also for another number of replicas.

    Of a sum the first replica then gets all and the others nothing; of anything else each gets the first value.
    """
    targets = copies(variable)
    if len(values) != len(targets) and _is_sum(variable):
        total = np.sum(np.stack(values), axis=0, dtype=values[0].dtype)
        values = [total, *(np.zeros_like(total) for _ in targets[1:])]
    for index, target in enumerate(targets):
        target.assign(values[index] if len(values) == len(targets) else values[0])


def _is_sum(variable: keras.Variable) -> bool:
    """Whether the value is the sum of what the replicas have, as for metrics."""
    return bool(variable.aggregation == "sum")


def _equal(first: Array, second: Array) -> bool:
    return first.tobytes() == second.tobytes()
