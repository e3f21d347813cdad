"""A preparation that keeps the codes of categories, for an embedding."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.errors import ArgumentError


class Encode(Preparation):
    """Keeps the code of each category, which an `Embedding` layer expects: 1 to K, and 0 for an unknown category.

    The codes follow the sorted order of the categories of the training part. The number of codes of a column, K + 1, is
    `=codes.COLUMN` in expressions of the model, such as `Embedding: {input_dim: =codes.user_id, output_dim: 8}`. If all
    columns of an input have categories, the model receives integers, else floating-point numbers. Other preparations,
    such as `Standardize`, do not change codes.

    Shapes: (n, columns) is preserved.

    Raises:
        ArgumentError: the input is not a table, or has no categorical columns.

    Example:
        >>> column = FeatureColumn("color", "code", ("blue", "red"))
        >>> Encode().bind(Features("table", "table", (1,), (column,))).columns[0].kind
        'index'
    """

    fits: ClassVar[bool] = False

    def bind(self, features: Features) -> Features:
        """Return the features with columns that are no longer categories to be encoded."""
        if not features.coded:
            raise ArgumentError(
                "Encode",
                f"{features.title} has no categorical columns (kind: {features.kind}); remove Encode, or list the "
                "categorical columns in the source",
            )
        self.features = features
        columns = tuple(_encoded(column) for column in features.columns)
        return dataclasses.replace(features, columns=columns)

    def transform(self, batch: Batch) -> Batch:
        """Return the batch unchanged."""
        return batch

    def build(self, tensor: Any, name: str) -> Any:
        """Cast the codes to integers if there are no other columns."""
        import keras

        del name
        are_codes = all(column.kind in ("code", "index") for column in self.features.columns)
        return keras.ops.cast(tensor, "int32") if are_codes else tensor


def _encoded(column: FeatureColumn) -> FeatureColumn:
    return dataclasses.replace(column, kind="index") if column.kind == "code" else column
