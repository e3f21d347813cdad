"""The loss of mixed samples."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.data.mix.mixed_labels import MixedLabels


class MixedLoss(keras.losses.Loss):  # type: ignore[misc,unused-ignore]
    """Computes w loss(y) + (1 - w) loss(y') for any loss that is a mean or a sum over samples.

    Args:
        loss: a loss of Keras or a custom one.

    Example:
        >>> import tensorflow as tf
        >>> from kpipe.data.mix.mixed_labels import mixed_labels
        >>> labels = mixed_labels(tf.constant([[0.0], [1.0]]), tf.constant([0.75, 1.0]), tf.constant([1, 0]))
        >>> float(MixedLoss(keras.losses.MeanSquaredError())(labels, tf.constant([[1.0], [1.0]])))
        0.375
    """

    def __init__(self, loss: keras.losses.Loss) -> None:
        super().__init__(name=loss.name, reduction=loss.reduction, dtype=loss.dtype)
        self.loss = loss

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of labels as in `mixed_labels`; they contain the sample weights."""
        del sample_weight
        labels = MixedLabels.of(keras.ops.convert_to_tensor(y_true))
        # Keras does not align weights (n,) with losses that have several more axes.
        shape = (-1, *[1] * (len(y_pred.shape) - 2))
        first_factor, second_factor = (keras.ops.reshape(part, shape) for part in labels[2:])
        first = self.loss(labels.first, y_pred, sample_weight=first_factor)
        second = self.loss(labels.second, y_pred, sample_weight=second_factor)
        if self.reduction != "mean_with_sample_weight":
            return first + second
        totals = keras.ops.sum(labels.first_factor), keras.ops.sum(labels.second_factor)
        return keras.ops.divide_no_nan(first * totals[0] + second * totals[1], totals[0] + totals[1])
