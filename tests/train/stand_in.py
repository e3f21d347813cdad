"""What the tests of training share: specs from YAML, prepared data over arrays, small models."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kpipe.checks.checked_spec import checked
from kpipe.data.dataset import Target
from kpipe.data.feeds.order import order
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import Mark
from kpipe.model.build import BuiltModel
from kpipe.spec.node import Node
from kpipe.spec.sections.train import Train
from kpipe.spec.spec import Spec
from kpipe.spec.yaml_text.dump import dump
from kpipe.train.setup.setup import Setup
from tests.random_seed import set_random_seed


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


def spec_of(name: str = "test", seed: int = 0, **fields: Any) -> Spec:
    """A checked spec with these fields of `train`; tests give it their own data and model."""
    content = {"name": name, "seed": seed, "data": {"source": "Digits"}, "model": ["Flatten", {"Dense": {"units": 3}}]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(dump({**content, "train": fields}))
        return checked(path)


def setup_of(spec: Spec, model: keras.Model, prepared: PreparedData, raw_model: keras.Model | None = None) -> Setup:
    raw_model = raw_model or keras.Model(model.input, model.output)
    return Setup(spec=spec, prepared=prepared, built=BuiltModel(model, raw_model))


class ArrayData(PreparedData):
    """Prepared data over arrays: inputs by name, labels by target name, parts by name."""

    def __init__(
        self,
        inputs: dict[str, np.ndarray],
        targets: dict[str, Target],
        labels: dict[str, np.ndarray],
        parts: dict[str, np.ndarray],
        batch_size: int = 16,
        seed: int = 0,
    ) -> None:
        self.arrays = inputs
        dataset = ArrayDataset({name: {"train": values} for name, values in inputs.items()}, targets, labels)
        super().__init__(dataset, parts, seed=seed, batch_size=batch_size)

    def order(self, part: str, epoch: int | None) -> np.ndarray:
        indices = self.parts[part]
        return indices if epoch is None else indices[order(len(indices), self.seed, epoch)]


def blobs(
    samples: int = 120,
    classes: int = 3,
    width: int = 4,
    validation: int = 40,
    test: int = 0,
    batch_size: int = 16,
) -> ArrayData:
    """Classes as Gaussian clouds around corners; learned in a few epochs."""
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
    width: int = 4,
    classes: int = 3,
    activation: str | None = None,
    dropout: float = 0.0,
    seed: int = 3,
    hidden: str = "relu",
) -> keras.Model:
    set_random_seed(seed)
    inputs = keras.Input((width,), name="x")
    x = keras.layers.Dense(8, activation=hidden)(inputs)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=1)(x)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=activation, name="out")(x))


def numbers(variable: Any) -> np.ndarray:
    return variable.value.numpy().copy()
