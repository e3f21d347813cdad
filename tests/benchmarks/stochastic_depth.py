"""What stochastic depth saves: `python tests/benchmarks/stochastic_depth.py [STEPS [DEPTH]]`.

ResNet-110 for CIFAR (He et al. 2015, section 4.2; DEPTH blocks a stage, 18 by default) on 32x32 at batch 64, with survival 1 to 0.5, in
three variants, which make one step each in turn in one process: plain; the branches skipped (`mode="batch"`); the branches computed and
multiplied by a mask (`mode="sample"`). Printed are means and medians of a step, their ratios, and the peak of memory of each variant,
taken in a process of its own.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from kpipe.layers import PaddedShortcut, StochasticDepth, depth_schedule

BATCH = 64
VARIANTS = {"plain": None, "batch": "batch", "sample": "sample"}


def convolution(filters, strides=1):
    return keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False, kernel_initializer="he_normal")


def network(mode, depth):
    x = inputs = keras.Input((32, 32, 3))
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(convolution(16)(x)))
    for index in range(3 * depth):
        filters, strides = 16 * 2 ** (index // depth), 2 if index in (depth, 2 * depth) else 1
        normalize = keras.layers.BatchNormalization
        layers = [convolution(filters, strides), normalize(), keras.layers.ReLU(), convolution(filters), normalize()]
        branch = keras.Sequential([keras.Input(x.shape[1:]), *layers])
        if mode is not None:
            branch = StochasticDepth(branch, depth_schedule(index, 3 * depth), mode)
        shortcut = PaddedShortcut(filters, strides)(x) if strides > 1 else x
        x = keras.layers.ReLU()(keras.layers.Add()([shortcut, branch(x)]))
    return keras.Model(inputs, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x)))


class Variant:
    """One model, a step at a time."""

    def __init__(self, mode, depth):
        keras.utils.set_random_seed(1)
        self.model = network(mode, depth)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, jit_compile=False)
        chance = np.random.default_rng(0)
        x = chance.normal(size=(BATCH, 32, 32, 3)).astype("float32")
        data = tf.data.Dataset.from_tensor_slices((x, chance.integers(0, 10, BATCH))).batch(BATCH).cache()
        self.iterator = iter(data.repeat())
        self.model.make_train_function()

    def step(self):
        """The seconds of one step."""
        begin = time.perf_counter()
        logs = self.model.train_function(self.iterator)
        float(logs["loss"])
        return time.perf_counter() - begin


def main(steps, depth):
    variants = {name: Variant(mode, depth) for name, mode in VARIANTS.items()}
    for name, variant in variants.items():
        print(f"{name:8} first step {variant.step():6.1f} s", flush=True)
        variant.step()
    times = {name: [] for name in variants}
    for _ in range(steps):
        for name, variant in variants.items():
            times[name].append(variant.step())
    survivals = [depth_schedule(index, 3 * depth) for index in range(3 * depth)]
    print(f"expected share of computed blocks {statistics.mean(survivals):.3f}")
    for name, taken in times.items():
        mean = statistics.mean(times["plain"]) / statistics.mean(taken)
        median = statistics.median(times["plain"]) / statistics.median(taken)
        paired = statistics.median(a / b for a, b in zip(times["plain"], taken, strict=True))
        print(
            f"{name:8} mean {1e3 * statistics.mean(taken):7.1f} ms, median {1e3 * statistics.median(taken):7.1f} ms; "
            f"plain / it: {mean:.3f} by means, {median:.3f} by medians, {paired:.3f} by paired medians",
            flush=True,
        )
    for name in VARIANTS:
        command = [sys.executable, __file__, "memory", name, str(depth)]
        print(
            f"{name:8} peak memory {subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()}"
        )


def memory(name, depth):
    variant = Variant(VARIANTS[name], depth)
    for _ in range(3):
        variant.step()
    compiled = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    for _ in range(20):
        variant.step()
    print(f"{compiled:.2f} GiB after three steps, {resident('VmHWM'):.2f} GiB at the peak of twenty more")


def resident(key):
    """GiB; the usual figure, ru_maxrss, is that of the parent where this process took less."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key)]
    return int(line.split()[1]) / 2**20


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        memory(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 18)
