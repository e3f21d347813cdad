"""Contexts of initializations over arrays."""

import keras
import numpy as np

from kpipe.train.compile import compile_for
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.objective.objective import decide

from ..stand_in import ArrayData, Target, train_section

CLASSES = 3
CLASSIFIED = Target("y", "classification", tuple("abc"), ())


def data_of(inputs, labels=None, target=CLASSIFIED, seed=0):
    """Data with one input `x`, all of them in the training part."""
    count = len(inputs)
    labels = np.arange(count, dtype=np.int64) % CLASSES if labels is None else labels
    return ArrayData({"x": inputs}, {"y": target}, {"y": labels}, {"train": np.arange(count)}, seed=seed)


def context_of(model, data, weights=None, seed=0, loaded=(), **train):
    """A compiled model with its data."""
    section = train_section(**train)
    objective = decide(section, model, data.dataset.targets)
    compile_for(model, section, objective)
    return InitializationContext(
        model=model, labels={}, objective=objective, prepared=data, weights=weights, seed=seed, loaded=frozenset(loaded)
    )


def model_of(shape, *layers):
    """A model of some layers and a last one for the classes."""
    inputs = x = keras.Input(shape, name="x")
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES, name="out")(x))
