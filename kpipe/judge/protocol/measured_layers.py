"""The layers of a model at the start of its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from kpipe_callbacks.layer_measurement import LayerMeasurement
from kpipe_callbacks.layer_values import LayerValues

from kpipe.data.mix.mixed_labels import mixed_labels
from kpipe.judge.protocol.measured_layer import MeasuredLayer
from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.tiny_sample import tiny_sample
from kpipe.model.names import LayerLabel, name_in_spec
from kpipe.train.plan import Plan
from kpipe.train.setup.layer_sample_count import layer_sample_count
from kpipe.train.setup.setup import Setup


def measured_layers(setup: Setup, plan: Plan) -> list[MeasuredLayer]:
    """Measure all layers on up to 256 training samples, with BatchNormalization in training mode; restore the model.

    Args:
        setup: the data and the model, which is compiled.
        plan: the plan of the training.
    """
    model, labels = setup.built.model, setup.built.labels
    values = tiny_sample(setup.prepared, plan, layer_sample_count(setup.prepared), draw=0).values
    batch = values if plan.mixing is None else _as_mixed(values)
    with saved_variables(model):
        measurement = LayerMeasurement(model, batch, training=True, penalties=False, once=True)
        layers = measurement().layers
    kernels = {path for path, weights in measurement.weights.items() if any(len(entry.shape) > 1 for entry in weights)}
    return [_layer(entry, labels, entry.layer in kernels) for entry in layers]


def _as_mixed(values: Any) -> Any:
    """Return a batch with its labels in the form of mixed ones, of which each sample has its own label alone."""
    x, y, weights = keras.utils.unpack_x_y_sample_weight(values)
    count = tf.shape(keras.tree.flatten(x)[0])[0]
    own, partners = tf.ones([count]), tf.range(count)
    if isinstance(y, Mapping):
        factors = weights or dict.fromkeys(y)
        return x, {name: mixed_labels(labels, own, partners, factors[name]) for name, labels in y.items()}
    return x, mixed_labels(y, own, partners, weights)


def _layer(values: LayerValues, labels: Mapping[str, LayerLabel], has_kernel: bool) -> MeasuredLayer:
    label = labels.get(values.layer.partition("/")[0])
    scales = values.weight_norm is not None and not has_kernel
    return MeasuredLayer(
        name=name_in_spec(values.layer, labels),
        path="model" if label is None else label.path,
        mark=None if label is None else label.mark,
        mean=values.mean,
        deviation=values.deviation,
        channels=values.channels,
        dead=values.dead,
        saturated=values.saturated,
        gradient_norm=values.gradient_norm,
        is_output=values.is_output,
        has_kernel=has_kernel,
        is_judged=not scales and values.weight_norm != 0,
    )
