"""Variables that are restored after a measurement."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import global_seed_state, set_global_seed_state


@contextmanager
def saved_variables(model: keras.Model, more: Sequence[Any] = ()) -> Iterator[None]:
    """Restore all variables of a compiled model, of its optimizer and its metrics, and all seeds, after the block.

    Args:
        model: a compiled model whose optimizer is built.
        more: further variables.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.optimizer.build(model.trainable_variables)
        >>> with saved_variables(model):
        ...     _ = model.layers[0].kernel.assign([[5.0]])
        >>> float(model.layers[0].kernel[0, 0])
        1.0
    """
    found = [*model.variables, *model.optimizer.variables, *model.metrics_variables, *more]
    variables = list({id(entry): entry for entry in found}.values())
    values = [keras.ops.copy(entry.value) for entry in variables]
    seed = global_seed_state()
    drawn = None if seed is None else np.array(seed)
    generators = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        set_global_seed_state(drawn)
        random.setstate(generators[0])
        np.random.set_state(generators[1])
