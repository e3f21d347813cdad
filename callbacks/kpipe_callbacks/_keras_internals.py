"""All private interfaces of Keras that this package uses.

`tests/callbacks/test_keras_internals.py` checks each against the installed version.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

#: The method of a model that `fit` calls for the metrics of an epoch, at its end and before the validation.
EPOCH_METRICS = "_get_metrics_result_or_logs"
#: The argument by which an `evaluate` call of `fit` is recognized.
OF_FIT = "_use_cached_eval_dataset"
_GLOBAL_SEED_GENERATOR = "global_seed_generator"


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """All layers of a model, including nested ones, without the model itself."""
    return list(model._flatten_layers(include_self=False))


def direct_sublayers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers directly inside a layer or model."""
    return list(layer._flatten_layers(include_self=False, recursive=False))


def mask_of(tensor: Any) -> Any:
    """The mask that a layer has attached to its output; None if there is none."""
    from keras.src.backend.common import masking

    return masking.get_keras_mask(tensor)


def build_from_batch(model: keras.Model, batch: Any) -> None:
    """Build a model, its optimizer and its metrics from the specification of a batch."""
    model._symbolic_build(data_batch=batch)


@contextlib.contextmanager
def without_penalties(model: keras.Model) -> Iterator[None]:
    """Within the block, `compute_loss` of a model is its loss without penalties, such as those of its regularizers."""
    model._losses_override = [keras.ops.zeros(())]
    try:
        yield
    finally:
        model._losses_override = []


def model_of(callback: keras.callbacks.Callback) -> keras.Model:
    """The model of a callback, without moving the state of a JAX training into it, as `callback.model` does."""
    return callback._model


def set_monitor_direction(callback: keras.callbacks.EarlyStopping) -> None:
    """Set whether lower or higher is better from the metrics of the model, unless it is set already."""
    if callback.monitor_op is None:
        callback._set_monitor_op()


def counts_updates(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether an optimizer counts its batches, as all Keras optimizers do."""
    return hasattr(optimizer, "_iterations")


def batch_counter(optimizer: keras.optimizers.Optimizer) -> keras.Variable:
    """The batch counter of an optimizer, which includes batches whose gradients are only accumulated."""
    return optimizer._iterations


def learning_rate_of(optimizer: keras.optimizers.Optimizer) -> Any:
    """The learning rate of an optimizer, a variable or a schedule; None if it does not have a single one."""
    return getattr(optimizer, "_learning_rate", None)


def own_variables(metric: keras.metrics.Metric) -> list[keras.Variable]:
    """The mutable list in which a metric stores its own variables."""
    found: list[keras.Variable] = metric._variables
    return found


def value_within_epoch(model: keras.Model, variable: keras.Variable) -> np.ndarray[Any, Any] | None:
    """The value of a metric variable while JAX keeps it outside of the model; None if the variable is current."""
    state: Mapping[str, Any] | None = getattr(model, "_jax_state", None)
    if state is None or model._jax_state_synced:
        return None
    places = [id(entry) for entry in model.metrics_variables]
    return np.asarray(state["metrics_variables"][places.index(id(variable))])


def global_seed_state() -> np.ndarray[Any, Any] | None:
    """The state of Keras' global seed generator; None if nothing was drawn from it."""
    from keras.src.backend.common import global_state

    generator = global_state.get_global_attribute(_GLOBAL_SEED_GENERATOR)
    return None if generator is None else np.array(keras.ops.convert_to_numpy(generator.state))


def set_global_seed_state(state: np.ndarray[Any, Any] | None) -> None:
    """Restore the output of `global_seed_state`."""
    from keras.src.backend.common import global_state

    if state is None:
        global_state.set_global_attribute(_GLOBAL_SEED_GENERATOR, None)
    elif (generator := global_state.get_global_attribute(_GLOBAL_SEED_GENERATOR)) is not None:
        generator.state.assign(state)
