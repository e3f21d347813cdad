"""Stand-ins for what the other rooms give: NumPy arrays behind the interface of prepared data; a spec."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kpipe.data.dataset import Input, Target
from kpipe.errors import Mark
from kpipe.spec.node import Node
from kpipe.spec.sections.data import Data
from kpipe.spec.sections.train import Train


def node(value: Any, path: str = "", line: int = 1) -> Node:
    """Plain Python as marked nodes; each entry of a list or mapping stands one line further down."""
    mark = Mark("spec.yaml", line, 1, line, 9)
    if isinstance(value, dict):
        entries = {
            key: node(entry, f"{path}.{key}", line + 1 + number) for number, (key, entry) in enumerate(value.items())
        }
        return Node(entries, mark, dict.fromkeys(value, mark), path)
    if isinstance(value, list):
        return Node(
            [node(entry, f"{path}.{number}", line + number) for number, entry in enumerate(value)],
            mark,
            path=path,
        )
    return Node(value, mark, path=path)


def train_section(**fields: Any) -> Train:
    for key in ("loss", "metrics", "optimizer", "callbacks"):
        if key in fields:
            fields[key] = node(fields[key], f"train.{key}", 10)
    for options in fields.get("targets", {}).values():
        for key in ("loss", "metrics"):
            if key in options:
                options[key] = node(options[key], f"train.targets.{key}", 20)
    return Train(**fields)


@dataclass
class Spec:
    train: Train
    name: str = "test"
    seed: int = 0
    data: Data = field(default_factory=lambda: Data(source=node("Digits")))

    code: None = None

    def dump(self, replaced: dict[str, str]) -> str:
        return f"name: {self.name}\n"


@dataclass
class ArrayDataset:
    targets: dict[str, Target]
    labels: dict[str, np.ndarray]
    inputs: dict[str, Input]
    bad: list[Any] = field(default_factory=list)


class Fingerprint:
    """That of data which never change."""

    def describe(self) -> dict[str, Any]:
        return {"labels": "stand-in"}

    def differences(self, before: dict[str, Any], say: Any) -> list[str]:
        return []


class ArrayData:
    """`PreparedData` over arrays: inputs by name, labels by target's name, parts by name."""

    def __init__(
        self,
        inputs: dict[str, np.ndarray],
        targets: dict[str, Target],
        labels: dict[str, np.ndarray],
        parts: dict[str, np.ndarray],
        batch_size: int = 16,
        seed: int = 0,
    ) -> None:
        described = {name: Input(name, "array", values.shape[1:], values.dtype.name) for name, values in inputs.items()}
        self.dataset = ArrayDataset(targets, labels, described)
        self.arrays = inputs
        self.parts = parts
        self.batch_size = batch_size
        self.last_batch = "keep"
        self.seed = seed

    def order(self, part: str, epoch: int | None) -> np.ndarray:
        indices = self.parts[part]
        if epoch is None:
            return indices
        return indices[np.random.Generator(np.random.Philox([self.seed, epoch])).permutation(len(indices))]

    def batches(self, part, *, epoch=None, first_step=0, labels=None, sample_weight=None) -> Any:
        order = self.order(part, epoch)[first_step * self.batch_size :]
        x = _single({name: values[order] for name, values in self.arrays.items()})
        encoded = {name: labels(name, values) if labels else values for name, values in self.dataset.labels.items()}
        parts = [x, _single({name: values[order] for name, values in encoded.items()})]
        if sample_weight is not None:
            parts.append(_single({name: values[order] for name, values in sample_weight.items()}))
        return tf.data.Dataset.from_tensor_slices(tuple(parts)).batch(self.batch_size)

    def steps(self, part: str) -> int:
        return -(-len(self.parts[part]) // self.batch_size)

    def ranges(self) -> dict[str, Any]:
        return {}

    def worker_errors(self) -> Any:
        return nullcontext()

    def describe(self) -> dict[str, Any]:
        return {"stand-in": True}

    def fingerprint(self) -> Any:
        return Fingerprint()


def _single(values: dict[str, Any]) -> Any:
    return next(iter(values.values())) if len(values) == 1 else values


def blobs(
    samples: int = 120,
    classes: int = 3,
    width: int = 4,
    validation: int = 40,
    test: int = 0,
    batch_size: int = 16,
) -> ArrayData:
    """Classes as Gaussian clouds around corners; learnt in a few epochs."""
    generator = np.random.default_rng(5)
    labels = np.arange(samples, dtype=np.int64) % classes
    centres = 2.0 * generator.standard_normal((classes, width))
    x = (centres[labels] + generator.standard_normal((samples, width))).astype(np.float32)
    target = Target("y", "classification", tuple(f"class {number}" for number in range(classes)), ())
    ends = np.cumsum([samples - validation - test, validation, test])
    indices = np.split(np.arange(samples), ends[:2])
    parts = {name: part for name, part in zip(("train", "validation", "test"), indices, strict=True) if len(part)}
    return ArrayData({"x": x}, {"y": target}, {"y": labels}, parts, batch_size)


def classifier(
    width: int = 4, classes: int = 3, activation: str | None = None, dropout: float = 0.0, seed: int = 3
) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((width,), name="x")
    x = keras.layers.Dense(8, activation="relu")(inputs)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=1)(x)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=activation, name="out")(x))


def numbers(variable: Any) -> np.ndarray:
    return variable.value.numpy().copy()
