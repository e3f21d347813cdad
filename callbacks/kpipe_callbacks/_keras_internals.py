"""Everything of Keras that this package uses and that is not part of Keras' public interface.

`tests/callbacks/test_keras_internals.py` compares each with the installed version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

#: The method of a model that `fit` calls at the end of an epoch, before it validates, for the metrics of the epoch.
EPOCH_METRICS = "_get_metrics_result_or_logs"
#: The argument with which `fit` calls `evaluate` for its own validation.
OF_FIT = "_use_cached_eval_dataset"


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """All layers of a model, also within other layers, without the model itself."""
    return list(model._flatten_layers(include_self=False))


def build_from_batch(model: keras.Model, batch: Any) -> None:
    """Builds a model, its optimizer and its metrics from the specification of a batch."""
    model._symbolic_build(data_batch=batch)


def model_of(callback: keras.callbacks.Callback) -> keras.Model:
    """The model of a callback; on JAX `callback.model` moves all of the training's state into it first."""
    return callback._model


def set_monitor_direction(callback: keras.callbacks.EarlyStopping) -> None:
    """Lets a callback decide from the model's metrics whether lower or higher is better, unless it has."""
    if callback.monitor_op is None:
        callback._set_monitor_op()


def counts_updates(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether an optimizer counts its batches, as all of Keras' do."""
    return hasattr(optimizer, "_iterations")


def batch_counter(optimizer: keras.optimizers.Optimizer) -> keras.Variable:
    """The counter of an optimizer, also of batches whose gradients are only accumulated."""
    return optimizer._iterations


def learning_rate_of(optimizer: keras.optimizers.Optimizer) -> Any:
    """The variable or the schedule with the learning rate of an optimizer; None where it has no single one."""
    return getattr(optimizer, "_learning_rate", None)


def own_variables(metric: keras.metrics.Metric) -> list[keras.Variable]:
    """The list in which a metric keeps its own variables, to be changed in place."""
    found: list[keras.Variable] = metric._variables
    return found


def value_within_epoch(model: keras.Model, variable: keras.Variable) -> np.ndarray[Any, Any] | None:
    """The value of a metric's variable while JAX keeps it outside of the model; None where the variable has it."""
    state: Mapping[str, Any] | None = getattr(model, "_jax_state", None)
    if state is None or model._jax_state_synced:
        return None
    places = [id(entry) for entry in model.metrics_variables]
    return np.asarray(state["metrics_variables"][places.index(id(variable))])
