"""A preparation that replaces categories by indicators."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError


class OneHot(Preparation):
    """Replaces each categorical column by one indicator column per category, which is 1 for that category, else 0.

    The categories are those of the training part, sorted. All indicators of an unknown category are 0. The indicators
    of a column replace it in place; the order of the columns does not change.

    Shapes: (n, columns) becomes (n, numbers + categories).

    Raises:
        ArgumentError: the input is not a table, or has no categorical columns.

    Example:
        >>> column = FeatureColumn("color", "code", ("blue", "red"))
        >>> one_hot = OneHot()
        >>> one_hot.bind(Features("table", "table", (1,), (column,))).shape
        (2,)
        >>> one_hot.transform(np.array([[1.0], [2.0], [0.0]])).tolist()
        [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """

    fits: ClassVar[bool] = False

    def bind(self, features: Features) -> Features:
        """Return the features with indicators instead of codes; their number is unknown before the categories are."""
        if not features.coded:
            raise ArgumentError(
                "OneHot",
                f"input {features.name!r} has no categorical columns (kind: {features.kind}); remove OneHot, or list "
                "the categorical columns in the source",
            )
        self.features = features
        columns: list[FeatureColumn] = []
        known = True
        for column in features.columns:
            if column.kind == "code":
                known = known and column.categories is not None
                names = column.categories or ()
                columns.extend(FeatureColumn(f"{column.name}={entry}", "indicator") for entry in names)
            else:
                columns.append(column)
        shape = (len(columns),) if known else (None,)
        return dataclasses.replace(features, shape=shape, columns=tuple(columns))

    def transform(self, batch: Batch) -> Batch:
        """Replace codes by indicators in NumPy."""
        pieces = []
        for index, column in enumerate(self.features.columns):
            values = batch[:, index : index + 1]
            if column.kind == "code":
                values = (values == np.arange(1, len(column.categories or ()) + 1)).astype(np.float64)
            pieces.append(values)
        return np.concatenate(pieces, axis=1)

    def build(self, tensor: Any, name: str) -> Any:
        """Apply `keras.ops.one_hot` to each categorical column, and concatenate the results."""
        import keras

        pieces = []
        columns = self.features.columns
        start = 0
        for index, column in enumerate(columns):
            if column.kind != "code":
                continue
            if index > start:
                pieces.append(tensor[:, start:index])
            # The code 0 of an unknown category becomes -1, for which one_hot returns zeros.
            code = keras.ops.cast(tensor[:, index], "int32") - 1
            pieces.append(keras.ops.one_hot(code, len(column.categories or ()), dtype="float32"))
            start = index + 1
        if start < len(columns):
            pieces.append(tensor[:, start:])
        if len(pieces) == 1:
            return pieces[0]
        return keras.layers.Concatenate(dtype="float32", name=name)(pieces)
