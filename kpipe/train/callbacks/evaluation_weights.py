"""The weights that averaging means: the averages, not what the last step left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf
from kpipe_callbacks import PolyakAveraging


@contextmanager
def evaluation_weights(model: keras.Model, averaging: PolyakAveraging | None = None) -> Iterator[None]:
    """Inside, the model has the averages of its weights where a callback or its optimizer keeps any; afterwards, bit by
    bit, the weights from before.

    Args:
        model: compiled, its optimizer built.
        averaging: the callback that averages the weights, or None.
    """
    if averaging is not None:
        before_use = averaging.in_use
        averaging.use_averages()
        try:
            yield
        finally:
            if not before_use:
                averaging.use_raw()
        return
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
