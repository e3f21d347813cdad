"""The weights that are evaluated and saved, which may differ from those that are trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf
from kpipe_callbacks import StepCallback


@contextmanager
def evaluation_weights(model: keras.Model, callbacks: Sequence[keras.callbacks.Callback] = ()) -> Iterator[None]:
    """Set the model to the weights for evaluation within the block, and restore the previous weights exactly.

    These are the averages of an optimizer with `use_ema`, or the weights that a callback sets in
    `use_evaluation_weights`.

    Args:
        model: a compiled model whose optimizer is built.
        callbacks: the callbacks of the training.
    """
    before = _use_averages(model)
    changed = [entry for entry in callbacks if isinstance(entry, StepCallback) and entry.use_evaluation_weights()]
    try:
        yield
    finally:
        for callback in reversed(changed):
            callback.use_training_weights()
        if before:
            for variable, value in zip(model.trainable_variables, before, strict=True):
                variable.assign(value)


def _use_averages(model: keras.Model) -> list[tf.Tensor]:
    """Set the model to the averages of its optimizer, if there are any, and return the previous weights."""
    optimizer = model.optimizer
    if not getattr(getattr(optimizer, "inner_optimizer", optimizer), "use_ema", False):
        return []
    before = [tf.identity(variable.value) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    return before
