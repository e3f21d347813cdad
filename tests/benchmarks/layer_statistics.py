"""What `LayerStatistics` costs: `[KERAS_BACKEND=jax] python tests/benchmarks/layer_statistics.py [ROUNDS]`.

Each network makes one step in turn without the callback, with one that waits, and with one that measures each step, on
a batch of the size of the training batch. Printed are the medians of the paired ratios: a measurement in steps, and
what it adds to the time of a training that measures every 100 steps. The first measurement, which compiles, is apart.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from kpipe_callbacks import LayerStatistics

layers = keras.layers
IS_JAX = keras.backend.backend() == "jax"
EVERY = 100


def perceptron():
    hidden = [layers.Dense(units, activation="relu") for units in (1024, 768, 256)]
    return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10)]), 128


def convolution(filters, strides=1):
    return layers.Conv2D(filters, 3, strides, padding="same", use_bias=False, kernel_initializer="he_normal")


def small_cnn():
    blocks = [
        layer
        for filters in (16, 32, 64)
        for layer in (convolution(filters), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D())
    ]
    return keras.Sequential([keras.Input((32, 32, 3)), *blocks, layers.Flatten(), layers.Dense(10)]), 64


def resnet20():
    x = inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(layers.BatchNormalization()(convolution(16)(x)))
    for index in range(9):
        filters, strides = 16 * 2 ** (index // 3), 2 if index in (3, 6) else 1
        branch = layers.ReLU()(layers.BatchNormalization()(convolution(filters, strides)(x)))
        branch = layers.BatchNormalization()(convolution(filters)(branch))
        shortcut = layers.Conv2D(filters, 1, strides, use_bias=False)(x) if strides > 1 else x
        x = layers.ReLU()(layers.Add()([shortcut, branch]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x))), 64


class Variant:
    """One model, a step at a time."""

    def __init__(self, network, every):
        keras.utils.set_random_seed(1)
        self.model, size = network()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, jit_compile=IS_JAX)
        self.model.optimizer.build(self.model.trainable_variables)
        chance = np.random.default_rng(0)
        self.batch = (
            chance.normal(size=(size, *self.model.input_shape[1:])).astype("float32"),
            chance.integers(0, 10, size),
        )
        self.model.evaluate(*self.batch, batch_size=size, verbose=0)  # builds the metrics
        callbacks = [] if every is None else [LayerStatistics(self.batch, every)]
        hooks = keras.callbacks.CallbackList(callbacks, model=self.model, epochs=1, steps=10**9, verbose=0)
        self.model.make_train_function()
        hooks.on_train_begin()
        hooks.on_epoch_begin(0)
        self._prepare()

    def _prepare(self):
        model = self.model
        if IS_JAX:
            groups = (
                model.trainable_variables,
                model.non_trainable_variables,
                model.optimizer.variables,
                model.metrics_variables,
            )
            self.state = tuple([keras.ops.copy(entry.value) for entry in group] for group in groups)
            return
        import tensorflow as tf

        self.iterator = iter(tf.data.Dataset.from_tensors(self.batch).cache().repeat())

    def step(self):
        """The seconds of one step."""
        begin = time.perf_counter()
        if IS_JAX:
            logs, self.state = self.model.train_function(self.state, iter([self.batch]))
        else:
            logs = self.model.train_function(self.iterator)
        float(logs["loss"])
        return time.perf_counter() - begin


def measure(name, network, rounds):
    plain, waits, measures = (Variant(network, every) for every in (None, 10**9, 1))
    plain.step()
    waits.step()
    first = measures.step()
    seconds = {variant: [] for variant in (plain, waits, measures)}
    for number in range(rounds + 5):
        variants = [plain, waits, measures]
        for variant in variants[number % 3 :] + variants[: number % 3]:
            seconds[variant].append(variant.step())
    bare, waiting, measured = (np.array(seconds[variant][5:]) for variant in (plain, waits, measures))
    steps = statistics.median((measured - waiting) / bare)
    idle = statistics.median(waiting / bare) - 1
    share = 100 * steps / EVERY
    print(f"{name:12}{1000 * np.median(bare):9.2f}{steps:14.2f}{share:14.2f} %{100 * idle:12.2f} %{first:12.2f}")


def main(rounds):
    print(f"{keras.backend.backend()}, {rounds} rounds")
    print(f"{'':12}{'ms a step':>9}{'measurement':>14}{f'every {EVERY}':>16}{'idle':>14}{'compiling':>12}")
    for name, network in (("MLP", perceptron), ("CNN", small_cnn), ("ResNet-20", resnet20)):
        measure(name, network, rounds if network is perceptron else max(rounds // 4, 10))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
