"""The data of a finished run without its samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kpipe.components import build
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.dataset import Column, Dataset, Indices, Input, Target
from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec
from kpipe.train.run_folder.data_description import stored_categories
from kpipe.train.setup.augmented_inputs import augmented_inputs
from kpipe.train.setup.by_input import by_input
from kpipe.train.setup.evaluated_inputs import evaluated_inputs


class _Described(Dataset):
    def read(self, indices: Indices) -> dict[str, Any]:
        raise DataError("the samples of this run are not open")


def described_data(spec: Spec, described: Mapping[str, Any]) -> PreparedData:
    """Return the data of a run without samples, whose inputs and transforms are known; call it inside `spec_session`.

    Its preparations are not fitted, and augmentations do not transform other inputs or targets.

    Args:
        spec: the spec of the run.
        described: the contents of `data.json`.

    Raises:
        SpecError: the spec does not fit the inputs.
    """
    dataset = _Described(
        {name: _input(name, entry) for name, entry in described["inputs"].items()},
        {name: _target(name, entry) for name, entry in described["targets"].items()},
        labels={},
        parts={"train": np.arange(0)},
    )
    prepare = spec.data.prepare or Node([], spec.data.source.mark)
    stages = by_input(prepare, "data.prepare", list(dataset.inputs))
    augmented = augmented_inputs(spec.data.augment, dataset)
    return PreparedData(
        dataset,
        dataset.parts,
        {name: [build(item, "preparation") for item in node.items] for name, node in stages.items()},
        seed=spec.seed,
        augmentations={name: Augmentation(entry.node) for name, entry in augmented.items()},
        evaluations=evaluated_inputs(spec.data, dataset),
        categories=stored_categories(described),
    )


def _input(name: str, entry: Mapping[str, Any]) -> Input:
    columns = tuple(Column(column["name"], column["kind"]) for column in entry["columns"])
    return Input(name, entry["kind"], tuple(entry["shape"]), entry["dtype"], columns)


def _target(name: str, entry: Mapping[str, Any]) -> Target:
    classes = None if entry["classes"] is None else tuple(entry["classes"])
    return Target(name, entry["task"], classes, tuple(entry["shape"]))
