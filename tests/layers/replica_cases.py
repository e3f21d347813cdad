"""Every layer trained on two replicas, in a process of its own: `python -m tests.layers.replica_cases` prints JSON."""

from __future__ import annotations

import json

import keras
import numpy as np
import tensorflow as tf

from .harness import Case, network


def main() -> None:
    """Trains each case for three steps, on one device and on two."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from .test_every_layer import CASES

    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    found = {}
    for name, cases in CASES.items():
        for index, case in enumerate(cases):
            found[f"{name}-{index}"] = _compared(case, two)
    print(json.dumps(found))


def _compared(case: Case, strategy: tf.distribute.Strategy) -> dict[str, float | None]:
    with strategy.scope():
        model = _trained(case)
    before = [weight.numpy() for weight in _initial(case).trainable_weights]
    after = [weight.numpy() for weight in model.trainable_weights]
    alone = None if case.random or case.whole_batch else _trained(case)
    return {
        "between replicas": max(_spread(weight) for weight in model.trainable_weights),
        "changed": max(_differences(before, after)),
        "from one device": None
        if alone is None
        else max(_differences([w.numpy() for w in alone.trainable_weights], after)),
    }


def _initial(case: Case) -> keras.Model:
    keras.utils.set_random_seed(3)
    return network(case, before=True)


def _trained(case: Case) -> keras.Model:
    model = _initial(case)
    inputs = keras.tree.map_structure(
        lambda array: np.concatenate([array, -array, 2 * array, array + 1]), case.inputs()
    )
    count = len(keras.tree.flatten(inputs)[0])
    arrays = tuple(inputs) if isinstance(inputs, list) else inputs
    data = tf.data.Dataset.from_tensor_slices((arrays, np.linspace(-1, 1, count, dtype="float32")[:, None]))
    model.fit(data.batch(count).repeat(), steps_per_epoch=3, verbose=0)
    return model


def _spread(weight: keras.Variable) -> float:
    first, second = (copy.numpy() for copy in weight.value.values)
    return float(np.abs(first - second).max())


def _differences(left: list[np.ndarray], right: list[np.ndarray]) -> list[float]:
    return [float(np.abs(a - b).max()) for a, b in zip(left, right, strict=True)]


if __name__ == "__main__":
    main()
