"""Learning rates as they were used, and the formulas of optimizers replayed in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ..training import batched, samples

#: An optimizer's formula: from weights, gradient and the number of the update to the next weights.
Update = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def linear(optimizer: Any = None, **compiling: Any) -> keras.Model:
    """Three weights and nothing else: the gradient of its squared error fits in one line, see `replay`."""
    kernel = keras.initializers.GlorotUniform(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False, kernel_initializer=kernel)])
    model.compile(keras.optimizers.SGD(0.1) if optimizer is None else optimizer, **{"loss": "mse", **compiling})
    return model


def rate_of(model: keras.Model) -> float:
    """The optimizer's learning rate as a number."""
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


class Rates(keras.callbacks.Callback):
    """The learning rate, the number of updates and the weights at the end of each batch (of each execution)."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []
        self.updates: list[int] = []
        self.weights: list[np.ndarray] = []

    def on_train_batch_end(self, batch, logs=None):
        model = self.model
        self.rates.append(rate_of(model))
        self.updates.append(int(keras.ops.convert_to_numpy(model.optimizer.iterations)))
        self.weights.append(np.concatenate([weights.ravel() for weights in model.get_weights()]))


class Logs(keras.callbacks.Callback):
    """A copy of the logs that each epoch ends with."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, Any]] = []

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(dict(logs))


def run(model: keras.Model, *callbacks: Any, batches: int = 5, size: int = 2, **fitting: Any) -> Rates:
    """Trains with so many batches an epoch, each time with the same ones, and returns what happened at each batch."""
    recorder = Rates()
    x, y = samples(batches * size)
    options = {"batch_size": size, "shuffle": False, "verbose": 0, **fitting}
    model.fit(callbacks=[*callbacks, recorder], **batched(x, y, **options))
    return recorder


def half_cosine(steps: Any, initial: float, total: float, end: float = 0.0) -> np.ndarray:
    """What most tests here expect of a `CosineSchedule`."""
    return end + (initial - end) / 2 * (1 + np.cos(np.pi * np.minimum(steps, total) / total))


def assert_rates(found: Any, expected: Any) -> None:
    """Equal to 1e-6 of the largest rate: tensors are of float32."""
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * float(np.max(expected)))


def check(
    callback: Any, expected: Any, *, epochs: int, batches: int, learning_rate: float = 0.5, **compiling: Any
) -> None:
    """The rates of a training, and those that the callback foretells, are the expected ones."""
    assert len(expected) == epochs * batches
    model = linear(keras.optimizers.SGD(learning_rate), **compiling)
    assert_rates(run(model, callback, epochs=epochs, batches=batches, size=1).rates, expected)
    assert rate_of(model) == np.float32(learning_rate)
    foretold = callback.curve(epochs, batches, learning_rate)
    assert foretold.shape == (epochs * batches,)
    np.testing.assert_allclose(foretold, expected, rtol=1e-12, atol=1e-12 * float(np.max(expected)))


def replay(weights: np.ndarray, update: Update, *, epochs: int, batches: int, size: int) -> np.ndarray:
    """The weights of `linear` after each batch of `run`, in float64.

    Args:
        weights: at the beginning.
        update: the optimizer's formula.
        epochs: of the training.
        batches: of an epoch.
        size: of a batch.
    """
    x, y = (part.astype(np.float64) for part in samples(batches * size))
    weights, found = np.asarray(weights, np.float64).reshape(3, 1), []
    for number in range(epochs * batches):
        rows = slice(number % batches * size, (number % batches + 1) * size)
        gradient = 2 / size * x[rows].T @ (x[rows] @ weights - y[rows])
        weights = update(weights, gradient, number)
        found.append(weights.ravel())
    return np.array(found)
