"""The weights that an optimizer with `use_ema` means: the moving averages, not what the last step left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Inside, the model has its optimizer's moving averages where the optimizer keeps any; afterwards, bit by
    bit, the weights from before.

    Args:
        model: compiled, its optimizer built.
    """
    optimizer = model.optimizer
    if not getattr(getattr(optimizer, "inner_optimizer", optimizer), "use_ema", False):
        yield
        return
    before = [tf.identity(variable.value) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, before, strict=True):
            variable.assign(value)
