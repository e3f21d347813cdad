"""The loss of the whole training part and its gradient."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kpipe.keras_internals import loss_tracker


class FullBatchLoss:
    """The loss of the whole training part and its gradient at the present weights, as sums over batches.

    A batch of n of the N samples contributes n / N times the loss that Keras computes for it. That is a mean over
    samples with their weights, and the penalties of the weights, so that samples count equally in batches of different
    sizes, and penalties once. The sums are in float64, whose rounding is far below that of the losses of the batches.

    Args:
        model: a compiled model, whose metrics are built.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((1,)), dense])
        >>> model.compile("sgd", "mse")
        >>> x, y = tf.constant([[1.0], [2.0], [3.0]]), tf.zeros((3, 1))
        >>> loss, gradient = FullBatchLoss(model)([(x[:2], y[:2]), (x[2:], y[2:])])
        >>> round(loss, 6), gradient.round(5).tolist(), round(float(model.get_metrics_result()["loss"]), 5)
        (4.666667, [9.33333], 4.66667)
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._sums = [tf.Variable(tf.zeros(variable.shape, tf.float64)) for variable in model.trainable_variables]
        self._loss = tf.Variable(0.0, dtype=tf.float64)
        # TensorFlow warns of functions with the same code that are traced often; a `partial` has no code.
        self._add = tf.function(
            partial(_add, model, self._sums, self._loss),
            reduce_retracing=True,
            autograph=False,
            jit_compile=bool(model.jit_compile),
        )

    def __call__(self, batches: Iterable[Any]) -> tuple[float, npt.NDArray[np.float64]]:
        """Return the loss and the gradient, an array (weights,); the metrics of the model become those of the batches.

        Args:
            batches: (x, y) or (x, y, sample weights) of the whole training part.
        """
        self._model.reset_metrics()
        for total in (*self._sums, self._loss):
            total.assign(tf.zeros_like(total))
        samples = 0
        for batch in batches:
            samples += int(keras.tree.flatten(batch[0])[0].shape[0])
            self._add(batch)
        gradient = np.concatenate([np.zeros(0), *(total.numpy().reshape(-1) for total in self._sums)])
        return float(self._loss) / samples, gradient / samples


def _add(model: keras.Model, sums: list[tf.Variable], total: tf.Variable, batch: Any) -> None:
    """Add the loss and the gradient of a batch, times the number of its samples."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    count = tf.shape(keras.tree.flatten(x)[0])[0]
    variables = model.trainable_weights
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = model.compute_loss(x, y, prediction, sample_weight, training=True)
    gradients = tape.gradient(loss, variables)
    total.assign_add(tf.cast(loss, tf.float64) * tf.cast(count, tf.float64))
    for entry, gradient in zip(sums, gradients, strict=True):
        if gradient is not None:
            # The gradient of an embedding consists of slices.
            dense = tf.convert_to_tensor(gradient)
            entry.assign_add(tf.cast(dense, tf.float64) * tf.cast(count, tf.float64))
    loss_tracker(model).update_state(loss, sample_weight=count)
    model.compute_metrics(x, y, prediction, sample_weight)
