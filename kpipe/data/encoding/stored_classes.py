"""Relabeling of a dataset with the classes that a finished run stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from kpipe.data.dataset import Dataset
from kpipe.data.encoding.value_index import ValueIndex


def adopt_classes(dataset: Dataset, stored: Mapping[str, Sequence[str]]) -> None:
    """Replace the classes of a dataset by the stored classes of a finished run if their values are the same.

    Earlier versions spelled class names as the file did, and sorted numbers as strings. A target whose values differ
    from the stored classes is not changed.

    Args:
        dataset: an opened dataset that is not split yet; it is modified.
        stored: the classes of the run in the order of their indices, keyed by target name.

    Example:
        >>> from kpipe.data.dataset import Target
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> target = Target("y", "classification", ("1", "2", "10"), ())
        >>> arrays = {"x": {"train": np.zeros((3, 2))}}
        >>> dataset = ArrayDataset(arrays, {"y": target}, {"y": np.array([0, 1, 2])})
        >>> adopt_classes(dataset, {"y": ["1.0", "10.0", "2.0"]})
        >>> dataset.labels["y"].tolist(), dataset.targets["y"].classes
        ([0, 2, 1], ('1.0', '10.0', '2.0'))
    """
    for name, classes in stored.items():
        target = dataset.targets.get(name)
        if target is None or target.classes is None or list(classes) == list(target.classes):
            continue
        positions = [ValueIndex(classes).find(entry) for entry in target.classes]
        if None in positions or len(set(positions)) < len(classes):
            continue
        order = np.array(positions, np.int64)
        labels = np.asarray(dataset.labels[name])
        dataset.targets[name] = dataclasses.replace(target, classes=tuple(classes))
        dataset.labels[name] = labels[..., np.argsort(order)] if target.task == "multilabel" else order[labels]
