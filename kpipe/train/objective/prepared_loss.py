"""The loss of a prepared target, of labels and predictions in the units of the target."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.data.prepared_target import PreparedTarget


class PreparedLoss(keras.losses.Loss):  # type: ignore[misc,unused-ignore]
    """Computes a loss of values that are prepared first, for a model that predicts in the units of its target.

    Args:
        loss: a loss of Keras or a custom one.
        preparation: the fitted preparation of the target.
        shape: the shape of one prediction.
    """

    def __init__(self, loss: keras.losses.Loss, preparation: PreparedTarget, shape: tuple[int | None, ...]) -> None:
        super().__init__(name=loss.name, reduction=loss.reduction, dtype=loss.dtype)
        self.loss = loss
        self._preparation = preparation
        self._shape = shape

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of the prepared values."""
        return self.loss(self._prepared(y_true), self._prepared(y_pred), sample_weight=sample_weight)

    def _prepared(self, values: Any) -> Any:
        wide = keras.ops.cast(values, "float64")
        if len(wide.shape) == len(self._shape):
            # Labels of shape (n,) would broadcast with those of shape (n, 1).
            wide = keras.ops.reshape(wide, (-1, *self._shape))
        return keras.ops.cast(self._preparation.prepared(wide, self._shape), "float32")
