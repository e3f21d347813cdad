"""The training step that several probes share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import tensorflow as tf


@dataclass(frozen=True)
class StepLoss:
    """The loss of one step, before its update.

    Args:
        data: the loss without penalties.
        penalty: the sum of the penalties, such as those of `train.regularize`.
    """

    data: float
    penalty: float

    @property
    def total(self) -> float:
        """The loss that is minimized."""
        return self.data + self.penalty


class TrainStep:
    """One update of the weights as a run does it, with a learning rate that is set before each step.

    Args:
        model: a compiled model, whose optimizer is built and has a number as its learning rate.
    """

    def __init__(self, model: keras.Model) -> None:
        self._optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        # TensorFlow warns of functions with the same code that are traced often; a `partial` has no code.
        self._step = tf.function(
            partial(_step, model), reduce_retracing=True, autograph=False, jit_compile=bool(model.jit_compile)
        )

    def __call__(self, batch: Any, rate: float | None) -> StepLoss:
        """Update the weights on a batch, and return its loss.

        Args:
            batch: (x, y) or (x, y, sample weights).
            rate: the learning rate; None to keep that of the optimizer.
        """
        if rate is not None:
            self._optimizer.learning_rate.assign(rate)
        data, penalty = self._step(batch)
        return StepLoss(float(data), float(penalty))


def _step(model: keras.Model, batch: Any) -> tuple[Any, Any]:
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = model.compute_loss(x, y, prediction, sample_weight, training=True)
        scaled = model.optimizer.scale_loss(loss)
    # Penalties are computed from the weights at the time of this call, which has to precede the update.
    penalty = tf.add_n([tf.cast(entry, loss.dtype) for entry in model.losses]) if model.losses else tf.zeros_like(loss)
    gradients = tape.gradient(scaled, model.trainable_weights)
    model.optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
    return loss - penalty, penalty
