"""Datasets of the tables bundled with scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from kpipe.data.dataset import Column, Dataset, Target
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.table_dataset import TableDataset


def bundled_table(bunch: Any) -> Dataset:
    """Return a dataset of a scikit-learn `Bunch` with `data`, `target`, `feature_names` and optional `target_names`.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> bundled_table(load_iris()).targets["y"].classes
        ('setosa', 'versicolor', 'virginica')
    """
    columns = tuple(Column(str(name), "numeric") for name in bunch.feature_names)
    numeric = np.asarray(bunch.data, np.float64)
    if "target_names" in bunch:
        target = Target("y", "classification", tuple(str(name) for name in bunch.target_names), ())
        labels = np.asarray(bunch.target, np.int64)
    else:
        target = Target("y", "regression", None, ())
        labels = np.asarray(bunch.target, np.float32)
    rows = len(numeric)
    categorical = np.empty((rows, 0), object)
    parts = consecutive({"train": rows})
    return TableDataset(columns, numeric, categorical, {}, {"y": target}, {"y": labels}, parts)
