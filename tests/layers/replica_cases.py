"""Layers trained on two replicas, in a process of its own: `python -m tests.layers.replica_cases CASE ...` prints JSON."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kpipe.layers import StochasticDepth

from .harness import Case, network


def main() -> None:
    """Trains each case for three steps, on one device and on two."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from .test_every_layer import CASES

    # Optimizing a graph takes longer than three steps save.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    every = {f"{name}-{index}": case for name, cases in CASES.items() for index, case in enumerate(cases)}
    found = {name: _compared(every[name], two) for name in sys.argv[1:]}
    print(json.dumps({"cases": found, "draws": _draws(two), "refused": _refused(two)}))
    # The end of Python traverses all objects that are not frozen, for a second.
    gc.freeze()


def _draws(strategy: tf.distribute.Strategy) -> dict[str, list[list[list[float]]]]:
    """What each replica keeps of a batch of ones in six steps, by the mode of StochasticDepth."""
    found = {}
    for mode in ("batch", "sample"):
        with strategy.scope():
            layer = StochasticDepth(keras.layers.ReLU(), 0.5, mode, seed=4)
            layer.build((20, 1))
        step = tf.function(lambda layer=layer: strategy.run(lambda: layer(tf.ones((20, 1)), training=True)))
        results = [strategy.experimental_local_results(step()) for _ in range(6)]
        found[mode] = [[value.numpy()[:, 0].tolist() for value in replicas] for replicas in results]
    return found


def _refused(strategy: tf.distribute.Strategy) -> str:
    """The error for a synchronized normalization in a branch that may be skipped."""
    with strategy.scope():
        layer = StochasticDepth(keras.layers.BatchNormalization(synchronized=True, name="norm"), 0.5, name="depth")
        layer.build((4, 1))
    try:
        tf.function(lambda: strategy.run(lambda: layer(tf.ones((4, 1)), training=True)))()
    except ValueError as error:
        return str(error)
    return ""


def _compared(case: Case, strategy: tf.distribute.Strategy) -> dict[str, float | None]:
    with strategy.scope():
        model = _initial(case)
    before = [weight.numpy() for weight in model.trainable_weights]
    with strategy.scope():
        _train(model, case, strategy)
    after = [weight.numpy() for weight in model.trainable_weights]
    alone = None if case.random or case.whole_batch else _initial(case)
    if alone is not None:
        _train(alone, case)
    return {
        "between replicas": max(_spread(weight) for weight in model.trainable_weights),
        "changed": max(_differences(before, after)),
        "from one device": None
        if alone is None
        else max(_differences([w.numpy() for w in alone.trainable_weights], after)),
    }


def _initial(case: Case) -> keras.Model:
    keras.utils.set_random_seed(3)
    return network(case)


def _train(model: keras.Model, case: Case, strategy: tf.distribute.Strategy | None = None) -> None:
    """Trains for three steps by itself, each with the same batch, or half of it on each replica."""
    model.optimizer.build(model.trainable_variables)
    inputs = keras.tree.map_structure(
        lambda array: np.concatenate([array, -array, 2 * array, array + 1]), case.inputs()
    )
    count = len(keras.tree.flatten(inputs)[0])
    data = (inputs, np.linspace(-1, 1, count, dtype="float32")[:, None])
    if strategy is None:
        # Three steps take less time than their graph.
        for _ in range(3):
            model.train_step(keras.tree.map_structure(tf.constant, data))
        return

    def part(context: tf.distribute.ValueContext) -> Any:
        half = slice(context.replica_id_in_sync_group, None, context.num_replicas_in_sync)
        return keras.tree.map_structure(lambda array: tf.constant(array[half]), data)

    parts = strategy.experimental_distribute_values_from_function(part)
    step = tf.function(lambda: strategy.run(model.train_step, (parts,)), autograph=False)
    for _ in range(3):
        step()


def _spread(weight: keras.Variable) -> float:
    first, second = (copy.numpy() for copy in weight.value.values)
    return float(np.abs(first - second).max())


def _differences(left: list[np.ndarray], right: list[np.ndarray]) -> list[float]:
    return [float(np.abs(a - b).max()) for a, b in zip(left, right, strict=True)]


if __name__ == "__main__":
    main()
