"""The weights that are validated, chosen and saved, where they are not those that are trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf
from kpipe_callbacks import StepCallback


@contextmanager
def evaluation_weights(model: keras.Model, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Iterator[None]:
    """Gives the model the weights for evaluation within a block, and afterwards those from before, bit by bit.

    These are the averages of an optimizer with `use_ema`, or what a callback declares by `use_evaluation_weights`.

    Args:
        model: compiled, its optimizer built.
        callbacks: of the training.
    """
    before = _averages_of_optimizer(model)
    changed = [entry for entry in callbacks if isinstance(entry, StepCallback) and entry.use_evaluation_weights()]
    try:
        yield
    finally:
        for callback in reversed(changed):
            callback.use_training_weights()
        if before:
            for variable, value in zip(model.trainable_variables, before, strict=True):
                variable.assign(value)


def _averages_of_optimizer(model: keras.Model) -> list[tf.Tensor]:
    """Gives the model the averages that its optimizer keeps; returns the weights from before, or nothing."""
    optimizer = model.optimizer
    if not getattr(getattr(optimizer, "inner_optimizer", optimizer), "use_ema", False):
        return []
    before = [tf.identity(variable.value) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    return before
