"""A tiny model, its data, and what callbacks see of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np

from tests.random_seed import set_random_seed

BATCH = 4
SAMPLES = 40


def samples(count: int = SAMPLES, features: int = 3, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and targets that can be learned from them."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(count, features)).astype(np.float32)
    y = np.tanh(x @ np.linspace(-1, 1, features)).reshape(-1, 1) + 0.1 * chance.normal(size=(count, 1))
    return x, y.astype(np.float32)


def net(
    optimizer: Any = None,
    layers: Callable[[], Iterable[Any]] = tuple,
    policy: str = "float32",
    seed: int = 3,
    features: int = 3,
    **compile_arguments: Any,
) -> keras.Model:
    """A small compiled model, each time with the same weights; `layers` come after the first dense one."""
    set_random_seed(seed)
    with_policy = {"dtype": policy}
    model = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(4, activation="tanh", **with_policy),
            *layers(),
            keras.layers.Dense(1, **with_policy),
        ]
    )
    model.compile(optimizer or keras.optimizers.SGD(0.1), **{"loss": "mse", **compile_arguments})
    return model


def fit(model: keras.Model, callbacks: Iterable[Any] = (), epochs: int = 2, **arguments: Any) -> Any:
    """`model.fit` without a sound, always with the same batches; see `batched` about arrays."""
    if "x" not in arguments:
        arguments["x"], arguments["y"] = samples()
        arguments.setdefault("batch_size", BATCH)
    return model.fit(epochs=epochs, verbose=0, shuffle=False, callbacks=list(callbacks), **batched(**arguments))


def batched(
    x: Any, y: Any = None, batch_size: int | None = None, keeps_arrays: bool = False, **arguments: Any
) -> dict[str, Any]:
    """Arguments of `fit` with datasets of TensorFlow in place of arrays, unless a test is about arrays.

    The batches are the same. Keras makes them of arrays by functions in Python, which TensorFlow traces again for each
    `fit`: a third of the time of a short training.
    """
    if keras.backend.backend() == "tensorflow" and not keeps_arrays:
        if _are_arrays(validation := arguments.get("validation_data")):
            arguments["validation_data"] = _dataset(validation, batch_size)
        if _are_arrays((x, y)) and "sample_weight" not in arguments:
            return {"x": _dataset((x, y), batch_size), **arguments}
    given = {"x": x, "y": y, "batch_size": batch_size, **arguments}
    return {name: value for name, value in given.items() if value is not None}


def _are_arrays(values: Any) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, np.ndarray) for value in values)


def _dataset(values: tuple[np.ndarray, ...], batch_size: int | None) -> Any:
    import tensorflow as tf

    # As Keras does with arrays: floats of one type, and the default size.
    cast = [value.astype(keras.config.floatx()) if value.dtype.kind == "f" else value for value in values]
    return tf.data.Dataset.from_tensor_slices(tuple(cast)).batch(batch_size or 32)


def arrays(variables: Iterable[Any]) -> list[np.ndarray]:
    """Copies of the values."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def same(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Whether arrays are equal to the bit."""
    pairs = list(zip(first, second, strict=True))
    return all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)


def distance(first: Iterable[Any], second: Iterable[Any]) -> float:
    """The largest difference of two lists of arrays; NaN where one has it."""
    found = [np.max(np.abs(np.asarray(a, float) - np.asarray(b, float))) for a, b in zip(first, second, strict=True)]
    return float(np.max(found))


class Recorder(keras.callbacks.Callback):
    """Keeps weights and the number of updates at the beginning and at the end of each batch."""

    def __init__(self, read: Callable[[keras.Model], Iterable[Any]] = lambda model: model.trainable_variables) -> None:
        super().__init__()
        self.read = read
        self.begins: list[list[np.ndarray]] = []
        self.ends: list[list[np.ndarray]] = []
        self.updates: list[int] = []

    def on_train_begin(self, logs=None):
        self.initial = arrays(self.read(self.model))

    def on_train_batch_begin(self, batch, logs=None):
        self.begins.append(arrays(self.read(self.model)))

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(arrays(self.read(self.model)))
        self.updates.append(int(keras.ops.convert_to_numpy(self.model.optimizer.iterations)))

    def after_updates(self) -> list[list[np.ndarray]]:
        """The weights after each update: of a batch without one there is nothing."""
        before = [0, *self.updates[:-1]]
        return [values for values, old, new in zip(self.ends, before, self.updates, strict=True) if new > old]


class Watcher(keras.callbacks.Callback):
    """Keeps the weights that another callback finds, by the name of the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[list[np.ndarray]]] = {}

    def _look(self, name: str) -> None:
        self.seen.setdefault(name, []).append(arrays(self.model.trainable_variables))

    def on_epoch_begin(self, epoch, logs=None):
        self._look("epoch begins")

    def on_epoch_end(self, epoch, logs=None):
        self._look("epoch ends")

    def on_test_begin(self, logs=None):
        self._look("validation begins")

    def on_test_batch_end(self, batch, logs=None):
        self._look("validation batch")

    def on_test_end(self, logs=None):
        self._look("validation ends")


class Act(keras.callbacks.Callback):
    """Does something at one batch (counted from 0 over all epochs) or at the end of one epoch."""

    def __init__(self, act: Callable[[keras.Model], None], batch: int | None = None, epoch: int | None = None) -> None:
        super().__init__()
        self.act, self.batch, self.epoch, self.count = act, batch, epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        number, self.count = self.count, self.count + 1
        if number == self.batch:
            self.act(self.model)

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            self.act(self.model)


def raising(error: BaseException) -> Callable[[Any], None]:
    """What raises."""

    def act(model: Any) -> None:
        raise error

    return act


class Figures(keras.callbacks.Callback):
    """Puts made-up metrics into the logs of each epoch, for the callbacks that come after it."""

    def __init__(self, **figures: Iterable[float]) -> None:
        super().__init__()
        self.figures = {name: list(values) for name, values in figures.items()}

    def on_epoch_end(self, epoch, logs=None):
        logs.update({name: values[epoch] for name, values in self.figures.items()})


class Batches(keras.utils.PyDataset):
    """Batches that are made when they are asked for; the one at `fails_at` raises."""

    def __init__(self, x: Any, y: Any, size: int = BATCH, fails_at: int | None = None) -> None:
        super().__init__()
        self.x, self.y, self.size, self.fails_at, self.asked = x, y, size, fails_at, 0

    def __len__(self) -> int:
        return -(-len(self.x) // self.size)

    def __getitem__(self, index: int) -> Any:
        if index == self.fails_at:
            raise RuntimeError("the data broke")
        part = slice(index * self.size, (index + 1) * self.size)
        return self.x[part], self.y[part]


def generator(x: Any, y: Any, size: int = BATCH) -> Iterator[Any]:
    """The same batches, of unknown number."""
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def fed(y_true: Any, y_pred: Any) -> Any:
    """A loss given by the data, while its gradient is that of the prediction, regardless of the data."""
    return y_true + (y_pred - keras.ops.stop_gradient(y_pred))


def told(losses: Iterable[float], features: int = 3) -> dict[str, Any]:
    """Data of batches of one sample for `fit` that tell the loss `fed` what to be in each step."""
    labels = np.array(list(losses), np.float32).reshape(-1, 1)
    return {"x": samples(len(labels), features)[0], "y": labels, "batch_size": 1}


def endless(x: Any, y: Any, size: int = BATCH, first: int = 0) -> Iterator[Any]:
    """Batches over all epochs in one series; it has to be used with `steps_per_epoch`."""
    count = len(x) // size
    step = first
    while True:
        part = slice(step % count * size, (step % count + 1) * size)
        yield x[part], y[part]
        step += 1


def good_state(model: keras.Model) -> list[Any]:
    """What goes back after an explosion: weights, the optimizer's state and the averages of the weights."""
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    left = {id(inner.iterations), id(inner._iterations), id(getattr(inner, "_learning_rate", None))}
    of_optimizer = [entry for entry in model.optimizer.variables if id(entry) not in left]
    return [*model.weights, *of_optimizer, *averages(model)]


def averages(model: keras.Model) -> list[Any]:
    """The averages of PolyakAveraging, where there are some."""
    return [entry for entry in model.metrics_variables if "kpipe_callbacks" in entry.name and "_average_" in entry.name]


class Rates(keras.callbacks.Callback):
    """Keeps the learning rate of each step."""

    def on_train_begin(self, logs=None):
        self.seen: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))


class Raises(keras.callbacks.Callback):
    """Raises the first time that Keras calls one of its methods."""

    def __init__(self, where: str) -> None:
        super().__init__()

        def act(*arguments: Any, **keywords: Any) -> None:
            setattr(self, where, lambda *arguments, **keywords: None)
            raise RuntimeError("somebody's callback broke")

        setattr(self, where, act)


def own_names(holder: Any) -> set[str]:
    """The names of an object's own attributes."""
    return set(vars(holder))
