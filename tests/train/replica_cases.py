"""Trains one model on one device and on two replicas, case by case, and prints the largest differences as JSON.

TensorFlow has one strategy a process, and a replica that fails spoils its process, so `test_replica_step.py` runs this
in a child.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from kpipe_callbacks import CosineSchedule, ExplosionDetector, PolyakAveraging

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.dataset import Target
from kpipe.data.evaluation import Evaluation
from kpipe.data.mix import CutMix, MixUp
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.keras_internals import keep_in_inference, multiply_learning_rates, stop_gradient_after
from kpipe.layers import StochasticDepth
from kpipe.optimizers import LBFGS
from kpipe.train.devices.replica_step import ReplicaStep, spread_seeds
from kpipe.train.devices.strategies.mirrored import Mirrored
from kpipe.train.full_batch.full_batch_step import FullBatchStep
from kpipe.train.objective.hard_labels import measure_hard_labels
from kpipe.train.objective.metric_values import build_metrics, metric_values
from kpipe.train.objective.mixed_loss import MixedLoss

BATCH = 16


@dataclass
class Case:
    """One way to train."""

    optimizer: Callable[[], Any] = lambda: keras.optimizers.SGD(0.05, momentum=0.9)
    samples: int = 64
    layers: Callable[[], list[Any]] = list
    weights: bool = False
    l2: float = 0.0
    policy: str = "float32"
    targets: int = 1
    tokens: bool = False
    mixed: bool = False
    augmented: bool = False
    frozen: int = 0
    factors: tuple[float, ...] = ()
    callbacks: Callable[[], list[Any]] = list


def own_callbacks() -> list[Any]:
    """All those that act inside of the step."""
    return [
        CosineSchedule(warmup_epochs=1),
        PolyakAveraging(decay=0.9, every=2, start=1, batch_norm="average"),
        ExplosionDetector(1.2, "median", 5, "rollback", lr_factor=0.9, max_rollbacks=99, keep_every=2, verbose=0),
    ]


SGD = keras.optimizers.SGD
uncertain = lambda: [StochasticDepth(keras.layers.Dense(12, activation="tanh"), 0.5)]  # noqa: E731
synchronized = lambda: [keras.layers.BatchNormalization(synchronized=True)]  # noqa: E731

CASES: dict[str, Case] = {
    "SGD with momentum": Case(),
    "AdamW": Case(lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1)),
    "Adam, EMA of the weights": Case(lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)),
    "synchronized batch normalization": Case(layers=synchronized),
    "clipped by value": Case(lambda: SGD(0.5, momentum=0.9, clipvalue=0.01)),
    "clipped by norm": Case(lambda: SGD(0.5, momentum=0.9, clipnorm=0.05)),
    "clipped by global norm": Case(lambda: SGD(0.5, momentum=0.9, global_clipnorm=0.1)),
    "class weights": Case(weights=True),
    "L2 regularization": Case(l2=0.05),
    "61 samples, the last batch 7 + 6": Case(samples=61, layers=synchronized),
    "51 samples, the last batch 2 + 1": Case(samples=51, layers=synchronized),
    "49 samples, the last batch one on each": Case(samples=49, layers=synchronized),
    "everything": Case(
        lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=0.1), 61, synchronized, True, 0.05
    ),
    "mixed precision with loss scaling": Case(lambda: SGD(0.05, momentum=0.9), 61, policy="mixed_float16"),
    "accumulated gradients": Case(lambda: SGD(0.05, momentum=0.9, gradient_accumulation_steps=2), 64),
    "accumulated gradients and everything": Case(
        lambda: keras.optimizers.AdamW(
            0.01, weight_decay=0.1, global_clipnorm=0.1, use_ema=True, gradient_accumulation_steps=3
        ),
        61, synchronized, True, 0.05,
    ),
    "sparse gradients of an embedding": Case(lambda: SGD(0.5, momentum=0.9, global_clipnorm=0.1), 61, tokens=True),
    "stochastic depth": Case(samples=61, layers=uncertain),
    "stochastic depth, the last batch one on each": Case(samples=49, layers=uncertain, callbacks=own_callbacks),
    "two targets": Case(samples=61, targets=2),
    "two targets, the last batch one on each": Case(samples=49, targets=2),
    "mixed labels": Case(samples=61, mixed=True),
    "mixed labels of two targets, the last batch one on each": Case(samples=49, targets=2, mixed=True),
    "augmented and mixed images from two data processes": Case(samples=61, mixed=True, augmented=True),
    "callbacks": Case(samples=61, layers=synchronized, callbacks=own_callbacks),
    "callbacks, accumulated gradients": Case(
        lambda: keras.optimizers.AdamW(0.01, gradient_accumulation_steps=2), callbacks=own_callbacks
    ),
    "callbacks, mixed precision with loss scaling": Case(policy="mixed_float16", callbacks=own_callbacks),
    "frozen layers, class weights, L2, the last batch 7 + 6": Case(
        lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=0.1), 61, synchronized, True, 0.05,
        frozen=3,
    ),
    "rates by layer": Case(
        lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=0.1), 61, synchronized,
        factors=(0.3, 0.5, 0.5),
    ),
    "rates by layer, accumulated gradients, callbacks": Case(
        lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, gradient_accumulation_steps=2), factors=(0.3, 0.5),
        callbacks=own_callbacks,
    ),
    "rates by layer, mixed precision with loss scaling": Case(
        lambda: SGD(0.05, momentum=0.9, weight_decay=0.1), 61, policy="mixed_float16", factors=(0.3, 0.5)
    ),
    "LBFGS, class weights, L2, the last batch 7 + 6": Case(lambda: LBFGS(history=2), 61, weights=True, l2=0.05),
    "LBFGS, two targets, the last batch one on each": Case(lambda: LBFGS(history=2), 49, targets=2),
    "LBFGS, sparse gradients, callbacks": Case(
        lambda: LBFGS(history=2), 61, tokens=True,
        callbacks=lambda: [ExplosionDetector(3, on_explosion="rollback", verbose=0)],
    ),
}  # fmt: skip


def data(case: Case) -> tuple[Any, ...]:
    """Samples whose labels can be learned a little."""
    chance = np.random.default_rng(5)
    x = chance.normal(size=(case.samples, 6)).astype(np.float32)
    y = (x[:, 0] + 0.3 * chance.normal(size=case.samples) > 0).astype(np.int64) + (x[:, 1] > 1)
    if case.tokens:
        return np.abs(x * 3).astype(np.int64) % 9, y.astype(np.int64)
    if case.targets == 2:
        return x, {"left": y.astype(np.int64), "right": x[:, 2:3]}
    arrays = (x, y.astype(np.int64))
    return (*arrays, np.where(y == 1, 2.5, 0.5).astype(np.float32)) if case.weights else arrays


def model_of(case: Case) -> Any:
    """The same weights each time."""
    keras.utils.set_random_seed(11)
    keras.config.set_dtype_policy(case.policy)
    regularizer = keras.regularizers.L2(case.l2) if case.l2 else None
    shape = (4, 4, 3) if case.augmented else (6,)
    tensor = inputs = keras.Input(shape, dtype="int64" if case.tokens else "float32")
    if case.augmented:
        tensor = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    if case.tokens:
        tensor = keras.layers.Flatten()(keras.layers.Embedding(9, 4)(inputs))
    normalized = case.layers()
    # A bias before a normalization has no gradient but rounding, which Adam would amplify.
    first = keras.layers.Dense(12, use_bias=not normalized, kernel_regularizer=regularizer)
    for layer in (first, *normalized, keras.layers.ReLU()):
        tensor = layer(tensor)
    left = keras.layers.Dense(3, dtype="float32", name="left")(tensor)
    loss: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metrics: Any = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    outputs: Any = left
    if case.targets == 2:
        outputs = {"left": left, "right": keras.layers.Dense(1, dtype="float32", name="right")(tensor)}
        loss = {"left": loss, "right": keras.losses.MeanSquaredError()}
        metrics = {"left": metrics, "right": [keras.metrics.MeanAbsoluteError(name="mae")]}
    made = keras.Model(inputs, outputs)
    keras.config.set_dtype_policy("float32")
    for layer in made.layers[: case.frozen]:
        layer.trainable = False
        keep_in_inference(layer)
        stop_gradient_after(layer, [layer])
    if case.mixed:
        loss = keras.tree.map_structure(MixedLoss, loss)
        measure_hard_labels(made)
    made.compile(case.optimizer(), loss, metrics=metrics, jit_compile=False)
    if case.policy == "mixed_float16":
        made.optimizer = keras.optimizers.LossScaleOptimizer(case.optimizer())
    made.optimizer.build(made.trainable_variables)
    if case.factors:
        inner = getattr(made.optimizer, "inner_optimizer", made.optimizer)
        named = zip(made.trainable_variables, case.factors, strict=False)
        multiply_learning_rates(inner, {id(variable): factor for variable, factor in named})
    return made


def images(case: Case) -> PreparedData:
    """Images that two processes augment."""
    values = np.random.default_rng(6).integers(0, 256, (case.samples, 8, 8, 3), np.uint8)
    labels = values.mean((1, 2, 3)).argsort().argsort() % 3
    target = Target("y", "classification", ("0", "1", "2"), ())
    source = ArrayDataset({"image": {"train": values}}, {"y": target}, {"y": labels})
    augmentation = Augmentation([{"RandomCrop": {"height": 4, "width": 4}}, "HorizontalFlip", "ColorJitter"])
    evaluation = Evaluation([{"CenterCrop": {"height": 4, "width": 4}}])
    made = PreparedData(
        source,
        source.parts,
        seed=3,
        batch_size=BATCH,
        augmentations={"image": augmentation},
        evaluations={"image": evaluation},
        workers=2,
    )
    made.fit()
    return made


def batches(case: Case) -> Any:
    """The dataset of each epoch."""
    if case.augmented:
        made = images(case)
        return made.batches("train", epoch=0, mixing=made.mixing([MixUp(1.0), CutMix()]))
    dataset = tf.data.Dataset.from_tensor_slices(data(case)).batch(BATCH)
    return Mixing([MixUp(1.0)], {}, 3, lambda function: function).batches(dataset, 0, 0) if case.mixed else dataset


def trained(case: Case, distribution: Any = None, epochs: int = 3) -> tuple[list[Any], list[dict[str, float]]]:
    """The weights, statistics and state of the optimizer at the end, and the metrics of each epoch."""
    dataset = batches(case)
    if distribution is None:
        made = model_of(case)
        build_metrics(made, dataset)
        made.make_train_function()
    else:
        with distribution.scope():
            made = model_of(case)
            build_metrics(made, dataset)
        step = None if isinstance(made.optimizer, LBFGS) else ReplicaStep(made, distribution)
    steps, figures = -(-case.samples // BATCH), []
    if isinstance(made.optimizer, LBFGS):
        full = FullBatchStep(made, distribution)
        dataset, steps = [dataset], 1
    hooks = keras.callbacks.CallbackList(case.callbacks(), model=made, epochs=epochs, steps=steps, verbose=0)
    hooks.on_train_begin()
    for epoch in range(epochs):
        made.reset_metrics()
        hooks.on_epoch_begin(epoch)
        iterator = iter(dataset)
        for number in range(steps):
            if isinstance(made.optimizer, LBFGS):
                full(iterator)
            else:
                (step if distribution is not None else made.train_function)(iterator)
            hooks.on_train_batch_end(number)
        figures.append(metric_values(made))
        hooks.on_epoch_end(epoch, {})
    hooks.on_train_end()
    events = [callback.events for callback in hooks.callbacks if isinstance(callback, ExplosionDetector)]
    figures.append({f"step of event {n}": event["step"] for found in events for n, event in enumerate(found)})
    return [v.numpy() for v in [*made.variables, *made.optimizer.variables]], figures


def difference(case: Case, distribution: Any) -> dict[str, float]:
    """The largest differences between one device and all replicas."""
    one, of_one = trained(case)
    all_, of_all = trained(case, distribution)
    numbers = [v for v in one if v.dtype.kind == "f"]
    others = [v for v in all_ if v.dtype.kind == "f"]
    moved = max(float(np.abs(v).max()) for v in numbers)
    found = {"weights": max(float(np.abs(a - b).max()) for a, b in zip(numbers, others, strict=True)), "size": moved}
    for name in of_one[0]:
        found[name] = max(abs(a[name] - b[name]) for a, b in zip(of_one[:-1], of_all[:-1], strict=True))
    if of_one[-1] or of_all[-1]:
        found["events"] = float(of_one[-1] != of_all[-1])
    return found


def masks(distribution: Any) -> list[list[list[float]]]:
    """What dropout lets through on each replica in two steps, and the same again from the same seed."""

    def model() -> Any:
        keras.utils.set_random_seed(3)
        with distribution.scope():
            made = keras.Sequential([keras.Input((40,)), keras.layers.Dropout(0.5)])
            made.compile(SGD(0.1), "mse")
            made.optimizer.build(made.trainable_variables)
        spread_seeds(made)
        return made

    def drawn(made: Any) -> list[list[float]]:
        step = tf.function(lambda: distribution.run(lambda: made(tf.ones((1, 40)), training=True)))
        return [
            value.numpy()[0].tolist() for _ in range(2) for value in distribution.experimental_local_results(step())
        ]

    return [drawn(model()), drawn(model())]


def not_a_number(distribution: Any) -> dict[str, Any]:
    """Mixed precision where one replica alone meets a NaN: the step is skipped and the scale halved, as on one device."""
    case = CASES["mixed precision with loss scaling"]
    with distribution.scope():
        made = model_of(case)
        x, y = data(case)
        x = x.copy()
        x[BATCH - 1] = np.nan
        dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH).take(1)
        build_metrics(made, dataset)
    before = [v.numpy() for v in made.trainable_variables]
    ReplicaStep(made, distribution)(iter(dataset))
    after = [v.numpy() for v in made.trainable_variables]
    return {
        "changed": max(float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True)),
        "scale": float(made.optimizer.dynamic_scale.numpy()),
        "initial": float(made.optimizer.initial_scale),
    }


SPEC = {
    "name": "staged",
    "seed": 3,
    "data": {"source": "Digits", "batch_size": 64, "prepare": [{"Rescale": {"scale": 0.0625}}]},
    "model": [
        "Flatten",
        {"Dense": {"name": "body", "units": 12, "use_bias": False}},
        {"BatchNormalization": {"name": "norm", "synchronized": True}},
        "ReLU",
        {"Dense": {"name": "head", "units": "=classes"}},
    ],
}
STAGES = [
    {"epochs": 1, "only": ["head"], "optimizer": {"Adam": {"learning_rate": 0.01}}},
    {
        "epochs": 2,
        "optimizer": {"AdamW": {"learning_rate": 0.01, "weight_decay": 0.1, "global_clipnorm": 1.0}},
        "learning_rate_multipliers": {"Groups": {"body": 0.3}},
        "callbacks": ["CosineSchedule", {"PolyakAveraging": {"decay": 0.9, "batch_norm": "average"}}],
        "data": {"batch_size": 48},
    },
    {"epochs": 1, "freeze": ["body", "norm"], "optimizer": {"LBFGS": {"history": 3}}},
]


def staged() -> dict[str, float]:
    """The largest differences of the weights and of each metric of all epochs after a run in stages."""
    import tempfile

    import kpipe

    runs = []
    for strategy in ({"OneDevice": {"device": "CPU:0"}}, {"Mirrored": {"devices": 2}}):
        train = {"stages": STAGES, "choose": {"monitor": "last"}, "strategy": strategy}
        runs.append(kpipe.load({**SPEC, "train": train}).run(Path(tempfile.mkdtemp()) / "run", progress=False))
    one, two = runs
    pairs = zip(one.model.get_weights(), two.model.get_weights(), strict=True)
    found = {"weights": max(float(np.abs(a - b).max()) for a, b in pairs)}
    for name in ("loss", "val_loss", "accuracy"):
        found[name] = max(abs(a - b) for a, b in zip(one.history[name], two.history[name], strict=True))
    return {**found, "epochs": len(one.history["loss"])}


if __name__ == "__main__":
    two = Mirrored(2).start(lambda text: None).distribution
    # Optimizing a graph takes longer than the few steps of a case save.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    found: dict[str, Any] = {name: difference(CASES[name], two) for name in sys.argv[1:] or CASES}
    print(json.dumps({"cases": found, "masks": masks(two), "nan": not_a_number(two), "stages": staged()}))
    # The end of Python traverses all objects that are not frozen, for a second.
    gc.freeze()
