"""Datasets without inputs, for tests of splits."""

import numpy as np

from kpipe.data.dataset import Dataset, Target


class Labelled(Dataset):
    def read(self, indices):
        return {}


def dataset(labels, parts=None, task="classification", groups=None):
    labels = np.asarray(labels)
    classes = tuple("abcdefghij") if task == "classification" else None
    target = Target("y", task, classes, ())
    groups = None if groups is None else np.asarray(groups)
    return Labelled({}, {"y": target}, {"y": labels}, parts or {"train": np.arange(len(labels))}, groups=groups)
