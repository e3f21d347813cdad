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
from kpipe.train.devices.split_batch import split_batch


class FullBatchLoss:
    """The loss of the whole training part and its gradient at the present weights, as sums over batches.

    A batch of n of the N samples contributes n / N times the loss that Keras computes for it. That is a mean over
    samples with their weights, and the penalties of the weights, so that samples count equally in batches of different
    sizes, and penalties once. The sums are in float64, whose rounding is far below that of the losses of the batches.

    Args:
        model: a compiled model, whose metrics are built.
        distribution: the strategy of TensorFlow in whose scope the model was created, which splits each batch among
            its replicas; None, the default, for one device.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((1,)), dense])
        >>> model.compile("sgd", "mse")
        >>> x, y = tf.constant([[1.0], [2.0], [3.0]]), tf.zeros((3, 1))
        >>> loss, gradient = FullBatchLoss(model)([(x[:2], y[:2]), (x[2:], y[2:])])
        >>> round(loss, 6), gradient.round(5).tolist(), round(float(model.get_metrics_result()["loss"]), 5)
        (4.666667, [9.33333], 4.66667)
    """

    def __init__(self, model: keras.Model, distribution: Any = None) -> None:
        self._model, self._distribution = model, distribution
        self._replicas = 1 if distribution is None else int(distribution.num_replicas_in_sync)
        self._sums = [tf.Variable(tf.zeros(variable.shape, tf.float64)) for variable in model.trainable_variables]
        self._loss = tf.Variable(0.0, dtype=tf.float64)
        # TensorFlow warns of functions with the same code that are traced often; a `partial` has no code.
        compiled = partial(tf.function, reduce_retracing=True, autograph=False)
        self._add = compiled(partial(self._add_batch), jit_compile=bool(model.jit_compile))
        self._add_parts = {whole: compiled(partial(self._add_on_replicas, whole)) for whole in (False, True)}

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
            count = int(keras.tree.flatten(batch[0])[0].shape[0])
            samples += count
            if self._distribution is None:
                self._add(batch)
            else:
                parts = [part for part, _ in split_batch(batch, count, self._replicas)]
                self._add_parts[count < self._replicas](self._values(parts))
        gradient = np.concatenate([np.zeros(0), *(total.numpy().reshape(-1) for total in self._sums)])
        return float(self._loss) / samples, gradient / samples

    def _values(self, parts: list[Any]) -> Any:
        return self._distribution.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group]
        )

    def _add_batch(self, batch: Any) -> None:
        """Add the loss and the gradient of a batch, times the number of its samples."""
        self._add_to_sums(*self._computed(batch, is_measured=True))

    def _add_on_replicas(self, whole: bool, parts: Any) -> None:
        """Add those of the parts of a batch; of a whole batch, which each replica computes, that of the first one."""
        self._model.sample_count.whole = whole

        def compute(part: Any) -> tuple[Any, list[Any]]:
            is_first = int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group)) == 0
            loss, gradients = self._computed(part, is_measured=is_first or not whole)
            share = 1.0 if is_first or not whole else 0.0
            return loss * share, [gradient * share for gradient in gradients]

        loss, gradients = self._distribution.run(compute, args=(parts,))
        sum_ = partial(self._distribution.reduce, tf.distribute.ReduceOp.SUM, axis=None)
        self._add_to_sums(sum_(loss), [sum_(gradient) for gradient in gradients])

    def _computed(self, batch: Any, is_measured: bool) -> tuple[Any, list[Any]]:
        """Return the loss and the gradient of a batch, times the number of its samples."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
        model, samples = self._model, tf.shape(keras.tree.flatten(x)[0])[0]
        variables = model.trainable_weights
        with tf.GradientTape() as tape:
            prediction = model(x, training=True)
            # Keras divides the loss by the number of replicas.
            loss = model.compute_loss(x, y, prediction, sample_weight, training=True) * self._replicas
        gradients = tape.gradient(loss, variables)
        if is_measured:
            loss_tracker(model).update_state(loss, sample_weight=samples)
            model.compute_metrics(x, y, prediction, sample_weight)
        count = tf.cast(samples, tf.float64)
        # A weight that the loss does not depend on has no gradient, and that of an embedding consists of slices.
        dense = [
            tf.zeros(variable.shape, tf.float64)
            if gradient is None
            else tf.cast(tf.convert_to_tensor(gradient), tf.float64) * count
            for variable, gradient in zip(variables, gradients, strict=True)
        ]
        return tf.cast(loss, tf.float64) * count, dense

    def _add_to_sums(self, loss: Any, gradients: list[Any]) -> None:
        self._loss.assign_add(loss)
        for total, gradient in zip(self._sums, gradients, strict=True):
            total.assign_add(gradient)
