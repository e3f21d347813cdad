"""A few training samples on which a model is overfitted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kpipe.data.dataset import Indices
from kpipe.data.prepared import PreparedData
from kpipe.train.plan import Plan


@dataclass(frozen=True)
class TinySample:
    """A few training samples, not augmented and not mixed.

    Args:
        values: (x, y) or (x, y, sample weights), as Keras receives a batch.
        labels: the labels of the dataset, keyed by target name.
    """

    values: Any
    labels: dict[str, npt.NDArray[Any]]


def tiny_sample(prepared: PreparedData, plan: Plan, count: int, draw: int) -> TinySample:
    """Return samples of the training part, of each class as many as of the others if possible.

    Args:
        prepared: the data of the training.
        plan: the plan of the training.
        count: the number of samples; all, if there are fewer.
        draw: the number of the draw, from 0; draws have different samples as far as there are enough.
    """
    return samples_of(prepared, plan, _chosen(prepared, plan, count, draw))


def samples_of(prepared: PreparedData, plan: Plan, indices: Indices) -> TinySample:
    """Return samples of the dataset as one batch."""
    batches = prepared.with_part("sample", np.sort(indices)).batches(
        "sample", labels=plan.objective.labels, sample_weight=plan.weights
    )
    values = keras.tree.map_structure(lambda *parts: tf.concat(parts, axis=0), *batches)
    return TinySample(
        values, {name: np.asarray(labels[np.sort(indices)]) for name, labels in prepared.dataset.labels.items()}
    )


def _chosen(prepared: PreparedData, plan: Plan, count: int, draw: int) -> Indices:
    train = prepared.parts["train"]
    generator = np.random.default_rng([prepared.seed, 0])
    shuffled = train[generator.permutation(len(train))]
    targets = [item.target for item in plan.objective.targets.values() if item.target.task == "classification"]
    if targets:
        labels = np.asarray(prepared.dataset.labels[targets[0].name])[shuffled]
        # The first of each class, then the second of each class, and so on.
        rounds = np.empty(len(shuffled), np.int64)
        for label in np.unique(labels):
            own = np.flatnonzero(labels == label)
            rounds[own] = np.arange(len(own))
        shuffled = shuffled[np.argsort(rounds, kind="stable")]
    first = draw * count if (draw + 1) * count <= len(shuffled) else max(0, len(shuffled) - count)
    return shuffled[first : first + count]


class SampleStep:
    """One update of the weights on a few samples, with the loss of the spec alone.

    Args:
        model: the model.
        plan: the plan of the training.
        optimizer: a new optimizer with a number as its learning rate; the loss is scaled for it as in the training.

    Attributes:
        optimizer: the optimizer with its variables.
        name: the class of the optimizer.
    """

    def __init__(self, model: keras.Model, plan: Plan, optimizer: keras.optimizers.Optimizer) -> None:
        if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(model.trainable_variables)
        self.optimizer = optimizer
        self._inner = getattr(optimizer, "inner_optimizer", optimizer)
        self.name = type(self._inner).__name__
        items = plan.objective.targets
        losses = {name: (item.make_loss(), item.weight) for name, item in items.items()}
        self._step = tf.function(partial(_step, model, optimizer, losses), reduce_retracing=True, autograph=False)

    def __call__(self, sample: TinySample, rate: float | None) -> tuple[float, Any]:
        """Update the weights; return the loss and the predictions before the update.

        Args:
            sample: the samples, always as many.
            rate: the learning rate; None to keep that of the optimizer.
        """
        if rate is not None:
            self._inner.learning_rate.assign(rate)
        loss, prediction = self._step(sample.values)
        return float(loss), prediction


def _step(model: keras.Model, optimizer: Any, losses: dict[str, tuple[Any, float]], batch: Any) -> tuple[Any, Any]:
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = tf.add_n([_weighted(name, own, y, prediction, sample_weight) for name, own in losses.items()])
        scaled = optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled, model.trainable_weights)
    optimizer.apply_gradients(
        [pair for pair in zip(gradients, model.trainable_weights, strict=True) if pair[0] is not None]
    )
    return loss, prediction


def _weighted(name: str, own: tuple[Any, float], y: Any, prediction: Any, sample_weight: Any) -> Any:
    loss, factor = own
    parts = [entry[name] if isinstance(entry, dict) else entry for entry in (y, prediction, sample_weight)]
    return tf.cast(loss(parts[0], parts[1], sample_weight=parts[2]), tf.float32) * factor
