"""Labels in the order of classes that a finished run stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from kpipe.data.dataset import Dataset
from kpipe.data.value_index import ValueIndex


def adopt_classes(dataset: Dataset, stored: Mapping[str, Sequence[str]]) -> None:
    """Names and numbers the classes of a dataset as a finished run did, where they are the same values.

    Earlier versions named classes as the file spelled them and sorted numbers as strings. A target
    whose classes are others than the stored ones stays as it is.

    Args:
        dataset: opened, not split yet.
        stored: classes keyed by target name, in the order of the run's labels.

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
        places = [ValueIndex(classes).find(entry) for entry in target.classes]
        if None in places or len(set(places)) < len(classes):
            continue
        order = np.array(places, np.int64)
        labels = np.asarray(dataset.labels[name])
        dataset.targets[name] = dataclasses.replace(target, classes=tuple(classes))
        dataset.labels[name] = labels[..., np.argsort(order)] if target.task == "multilabel" else order[labels]
