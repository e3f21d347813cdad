"""What the callbacks inside the step cost: `python tests/benchmarks/callbacks.py [ROUNDS]`.

One MLP of 1.8 M parameters at batch 128 in five variants, which make one step each in turn, as Keras' `fit` makes it: the
hooks, the compiled step, the hooks. Printed are the medians of the paired ratios.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from kpipe_callbacks import CosineSchedule, ExplosionDetector, PolyakAveraging

BATCH = 128


class Variant:
    """One model with its callbacks, a step at a time."""

    def __init__(self, data, steps, callbacks=(), **options):
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(units, activation="relu") for units in (1024, 768, 256)]
        self.model = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(10)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.SGD(0.01, momentum=0.9, **options), loss, jit_compile=False)
        self.model.optimizer.build(self.model.trainable_variables)
        self.hooks = keras.callbacks.CallbackList(
            list(callbacks), add_history=True, model=self.model, epochs=1, steps=steps, verbose=0
        )
        self.model.make_train_function()
        self.hooks.on_train_begin()
        self.hooks.on_epoch_begin(0)
        self.iterator = iter(data.repeat())

    def step(self, number):
        """The seconds of one step."""
        begin = time.perf_counter()
        self.hooks.on_train_batch_begin(number)
        logs = self.model.train_function(self.iterator)
        self.hooks.on_train_batch_end(number, logs)
        return time.perf_counter() - begin


def main(rounds):
    chance = np.random.default_rng(0)
    x = chance.normal(size=(BATCH * 8, 784)).astype("float32")
    y = chance.integers(0, 10, BATCH * 8)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH).cache()
    total = rounds + 20
    variants = {
        "bare": Variant(data, total),
        "use_ema": Variant(data, total, use_ema=True),
        "PolyakAveraging": Variant(data, total, [PolyakAveraging()]),
        "CosineSchedule, ExplosionDetector": Variant(data, total, [CosineSchedule(), ExplosionDetector(verbose=0)]),
        "all three": Variant(data, total, [CosineSchedule(), ExplosionDetector(verbose=0), PolyakAveraging()]),
    }
    count = variants["bare"].model.count_params()
    for number in range(20):
        for variant in variants.values():
            variant.step(number)
    seconds = {name: [] for name in variants}
    for number in range(20, total):
        # The order changes each time, since the cache depends on the previous variant.
        names = list(variants)
        for name in names[number % 5 :] + names[: number % 5]:
            seconds[name].append(variants[name].step(number))
    print(f"{count} parameters, batch {BATCH}, {rounds} rounds")
    print(f"{'':36}{'ms':>8}{'to bare':>10}{'to use_ema':>12}")
    for name, times in seconds.items():
        ratios = [
            statistics.median(a / b for a, b in zip(times, seconds[other], strict=True))
            for other in ("bare", "use_ema")
        ]
        print(f"{name:36}{1000 * statistics.median(times):8.2f}{ratios[0]:10.3f}{ratios[1]:12.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
