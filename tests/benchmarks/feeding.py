"""One training step fed by `PreparedData` against `fit` on the same NumPy arrays; run manually; prints ratios.

Both go through Keras' own compiled step of equal models, in turn in one process; medians over epochs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from kpipe.data.dataset import Target
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset


def model(features: int, units: int, classes: int) -> Any:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((features,)), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(classes)]
    built = keras.Sequential(layers)
    built.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    built.make_train_function()
    return built


def epoch(trained: Any, steps: int, batches: Callable[[], Any]) -> tuple[float, float]:
    """Seconds until the first step is done, and seconds a step afterwards."""
    trained.reset_metrics()
    start = time.perf_counter()
    iterator = iter(batches())
    logs = trained.train_function(iterator)
    float(logs["loss"])
    first = time.perf_counter()
    for _ in range(steps - 1):
        logs = trained.train_function(iterator)
    float(logs["loss"])
    return first - start, (time.perf_counter() - first) / (steps - 1)


def compare(features: int, units: int, classes: int, batch_size: int, count: int, rounds: int) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((count, features), "float32"), rng.integers(0, classes, count)
    names = tuple(map(str, range(classes)))
    dataset = ArrayDataset({"x": {"train": x}}, {"y": Target("y", "classification", names, ())}, {"y": y})
    held = PreparedData(dataset, dataset.parts, batch_size=batch_size)
    read = PreparedData(dataset, dataset.parts, batch_size=batch_size, memory=0.0)
    theirs = ArrayDataAdapter(x, y, batch_size=batch_size, shuffle=True).get_tf_dataset()
    steps = held.steps("train")
    trained = model(features, units, classes)
    seconds: dict[str, list[tuple[float, float]]] = {"fit on arrays": [], "held": [], "read by batch": []}
    for number in range(rounds):
        seconds["fit on arrays"].append(epoch(trained, steps, lambda: theirs))
        seconds["held"].append(epoch(trained, steps, lambda n=number: held.batches("train", epoch=n)))
        seconds["read by batch"].append(epoch(trained, steps, lambda n=number: read.batches("train", epoch=n)))
    medians = {name: np.median(np.array(found[2:]), axis=0) for name, found in seconds.items()}
    for name, (first, step) in medians.items():
        ratio = step / medians["fit on arrays"][1]
        print(f"{features}-{units}-{classes}, batch {batch_size}, {name}: first step after {first * 1e3:.1f} ms, "
              f"then {step * 1e6:.0f} us a step, {ratio:.3f} of fit on arrays")  # fmt: skip


if __name__ == "__main__":
    compare(64, 128, 10, batch_size=32, count=1024, rounds=60)
    compare(784, 256, 10, batch_size=128, count=12800, rounds=30)
