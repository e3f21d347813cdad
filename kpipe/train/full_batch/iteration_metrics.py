"""The values of an iteration in the metrics of its epoch."""

from __future__ import annotations

import math
from typing import Any

import keras


class IterationMetrics(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Adds the values of an iteration of `LBFGS` to the metrics of its epoch, as columns of `history.csv`.

    These are `gradient_norm`, the Euclidean norm of the gradient at the new weights, `step_length`, that of the line
    search, and `evaluations`, the number of evaluations of the loss and the gradient.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add the values."""
        optimizer = self.model.optimizer
        if logs is not None:
            if math.isfinite(optimizer.gradient_norm):
                logs["gradient_norm"] = optimizer.gradient_norm
            logs["step_length"] = optimizer.step_length
            logs["evaluations"] = optimizer.evaluations
