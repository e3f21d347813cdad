"""One training step of the loop against one of Keras' `fit`, in turn in one process; run by hand.

    python -m tests.train.benchmark_step [rounds]

Prints the medians of both and their ratio, which is to be at most 1.02.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kpipe.train.choose import Chooser
from kpipe.train.history import History
from kpipe.train.loop import Loop
from kpipe.train.measured import build_metrics
from kpipe.train.progress import TerminalProgress
from kpipe.train.reporter import Reporter
from kpipe.train.run_folder import RunFolder


def mlp() -> keras.Model:
    inputs = keras.Input((784,))
    x = keras.layers.Dense(256, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(10)(x))


def resnet() -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(16, 3, padding="same")(inputs)
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        branch = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        branch = keras.layers.ReLU()(keras.layers.BatchNormalization()(branch))
        branch = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch)
        branch = keras.layers.BatchNormalization()(branch)
        if filters != x.shape[-1]:
            x = keras.layers.Conv2D(filters, 1, strides=strides)(x)
        x = keras.layers.ReLU()(keras.layers.Add()([x, branch]))
    return keras.Model(inputs, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x)))


def compiled(build: Callable[[], keras.Model]) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, metrics=metrics)
    model.optimizer.build(model.trainable_variables)
    return model


def compare(name: str, build: Callable[[], keras.Model], shape: tuple[int, ...], steps: int, rounds: int) -> None:
    generator = np.random.default_rng(0)
    x = generator.standard_normal((128 * steps, *shape)).astype(np.float32)
    y = generator.integers(0, 10, 128 * steps)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(128).prefetch(2)
    by_fit, by_loop = compiled(build), compiled(build)
    build_metrics(by_loop, batches)
    times: dict[str, list[float]] = {"fit": [], "loop": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for kind in ("fit", "loop") if number % 2 else ("loop", "fit"):
                began = time.perf_counter()
                if kind == "fit":
                    by_fit.fit(batches, epochs=1, verbose=0, shuffle=False)
                else:
                    run_loop(by_loop, batches, steps, Path(folder))
                if number:  # the first round traces
                    times[kind].append((time.perf_counter() - began) / steps)
    fit, own = (statistics.median(times[kind]) for kind in ("fit", "loop"))
    print(
        f"{name}: fit {1e3 * fit:.3f} ms, loop {1e3 * own:.3f} ms, ratio {own / fit:.3f} ({rounds} rounds of {steps})"
    )


def run_loop(model: keras.Model, batches: Any, steps: int, folder: Path) -> None:
    reporter = Reporter(messages=io.StringIO(), terminal=True)
    display = TerminalProgress(reporter, 1, steps)
    observers = [History(RunFolder(folder), ["loss", "accuracy"], lambda: 0.01), display]
    Loop(model, lambda epoch: batches, steps, 1, Chooser("last"), observers=observers).run()
    display.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    compare("MLP 784-256-10", mlp, (784,), 400, count)
    compare("ResNet, 3 blocks", resnet, (32, 32, 3), 12, count)
