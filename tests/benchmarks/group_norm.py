"""`GroupNorm` beside Keras' `GroupNormalization`: `python tests/benchmarks/group_norm.py [ROUNDS]`.

Forward and backward of each inside a `tf.function` without XLA, in turn in one process. Printed are the medians of the
paired ratios, Keras' seconds to ours, so that above 1 ours is faster, and the median of these over the shapes.
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

from kpipe.layers.group_norm import GroupNorm

SHAPES = [
    (64, 32, 32, 16),
    (64, 32, 32, 64),
    (64, 16, 16, 128),
    (16, 56, 56, 64),
    (8, 28, 28, 128),
    (64, 8, 8, 256),
    (128, 512),
]


def gradients(layer, shape):
    """One forward and backward pass, compiled."""
    layer.build(shape)

    @tf.function(jit_compile=False)
    def step(inputs, upstream):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
        variables = [variable.value for variable in layer.trainable_variables]
        return tape.gradient(outputs, [inputs, *variables], upstream)

    return step


def seconds(step, *tensors):
    """The seconds of one pass."""
    begin = time.perf_counter()
    step(*tensors)
    return time.perf_counter() - begin


def main(rounds):
    chance = np.random.default_rng(0)
    print(f"{rounds} rounds\n{'input':24}{'groups':>8}{'Keras ms':>10}{'ours ms':>10}{'ratio':>8}")
    ratios = []
    for shape in SHAPES:
        groups = min(32, shape[-1])
        tensors = [tf.constant(chance.normal(size=shape), tf.float32) for _ in range(2)]
        steps = [
            gradients(keras.layers.GroupNormalization(groups, epsilon=1e-5), shape),
            gradients(GroupNorm(groups), shape),
        ]
        for step in steps * 3:
            seconds(step, *tensors)
        times = ([], [])
        for number in range(rounds):
            # The second one finds a warmer cache.
            for which in (0, 1) if number % 2 else (1, 0):
                times[which].append(seconds(steps[which], *tensors))
        ratios.append(statistics.median(a / b for a, b in zip(*times, strict=True)))
        medians = [1000 * statistics.median(entry) for entry in times]
        print(f"{shape!s:24}{groups:8}{medians[0]:10.2f}{medians[1]:10.2f}{ratios[-1]:8.2f}", flush=True)
    print(f"{'median':52}{statistics.median(ratios):8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
