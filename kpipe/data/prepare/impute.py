"""A preparation that fills missing values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.encoding.value_index import ValueIndex
from kpipe.data.features import FeatureColumn, Features, ValueKind
from kpipe.data.prepare.column_values import column_values
from kpipe.data.prepare.preparation import Batch, Batches, Preparation
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]

#: Columns that a message lists.
_LISTED = 5
_LARGEST = float(np.finfo(np.float32).max)


class Impute(Preparation):
    """Fills missing values with one value per column, which is determined from the training part.

    Must be the first preparation; several can follow each other, each of which fills what is still missing. With it,
    samples with missing values are kept, whereas they are skipped without it. In a numeric column of a table, missing
    values are those that are empty, NaN or one of the marks that `Table` lists, such as NA; in a categorical column,
    those that are empty. In arrays, they are NaN. Other values that are not numbers are never filled, nor are targets.
    The saved model accepts NaN and empty strings.

    - `median` and `mean` of the values of a numeric column; categorical columns get their most frequent category.
    - `most_frequent`: the most frequent value or category; of equally frequent ones, the first in sorted order.
    - `constant`: `fill_value`; a number fills numeric columns, and a string fills categorical ones, of which it can be
      a new category.

    A column is an index of the last axis of an array. The values are computed in float64 and applied in float32.

    Args:
        strategy: `median` (default), `mean`, `most_frequent` or `constant`.
        fill_value: the value for `constant`: a number or a string; default null.
        indicator: whether to append a column of 0 and 1, which is 1 where a value was missing, for each column that has
            missing values in the training part; default false.

    Shapes: (n, ..., columns) becomes (n, ..., columns + indicators).

    Raises:
        ArgumentError: `strategy` has another value, `fill_value` is missing or does not fit the columns, or the input
            contains images.

    Example:
        >>> impute = Impute(strategy="mean", indicator=True)
        >>> _ = impute.bind(Features("x", "array", (2,), missing=frozenset({"number"})))
        >>> impute.fit(lambda: [np.array([[1.0, 5.0], [3.0, np.nan]])])
        >>> impute.transform(np.array([[np.nan, np.nan]])).tolist()
        [[2.0, 5.0, 1.0]]
    """

    fills_missing: ClassVar[bool] = True

    def __init__(
        self,
        strategy: Literal["median", "mean", "most_frequent", "constant"] = "median",
        fill_value: float | str | None = None,
        indicator: bool = False,
    ) -> None:
        if strategy not in ("median", "mean", "most_frequent", "constant"):
            raise ArgumentError(
                "strategy", f"unknown value; expected median, mean, most_frequent or constant, got {strategy!r}"
            )
        if strategy == "constant" and fill_value is None:
            raise ArgumentError(
                "strategy", "`constant` requires a value; write fill_value, such as `fill_value: 0` for numeric columns"
            )
        if strategy != "constant" and fill_value is not None:
            raise ArgumentError("fill_value", f"unused with `strategy: {strategy}`; write `strategy: constant`")
        if isinstance(fill_value, str) and not fill_value.strip():
            raise ArgumentError("fill_value", "empty; expected a number or the name of a category")
        if not isinstance(fill_value, str | None) and not abs(fill_value) <= _LARGEST:
            raise ArgumentError("fill_value", f"out of range; expected a finite float32 number, got {fill_value}")
        self.strategy = strategy
        self.fill_value = fill_value
        self.indicator = indicator
        self._fill: Batch | None = None
        self._missing = np.zeros(0, np.int64)
        self._total = 0

    def bind(self, features: Features) -> Features:
        """Return the features without missing values; with `indicator`, their number is unknown before the fit."""
        self.features = features
        self._check_features()
        columns = [self._filled(column) for column in features.columns]
        missing = features.missing - self._kinds
        if not self.indicator:
            return dataclasses.replace(features, columns=tuple(columns), missing=missing)
        *outer, size = features.shape
        width = None if size is None or not self.fitted() else size + len(self._indicated)
        if columns:
            names = [f"{features.columns[index].name} is missing" for index in self._indicated]
            columns += [FeatureColumn(name, "indicator") for name in names]
        return dataclasses.replace(features, shape=(*outer, width), columns=tuple(columns), missing=missing)

    def _check_features(self) -> None:
        features = self.features
        if features.kind == "image":
            message = f"input {features.name!r} contains images, in which no values are missing; remove Impute"
            raise ArgumentError("Impute", message)
        if self.strategy == "constant" and not self._kinds & features.value_kinds:
            nouns = ("numeric", "a number") if isinstance(self.fill_value, str) else ("categorical", "a string")
            raise ArgumentError(
                "fill_value",
                f"input {features.name!r} has only {nouns[0]} values; expected {nouns[1]}, got {self.fill_value!r}",
            )

    @property
    def _kinds(self) -> frozenset[ValueKind]:
        """The kinds of the columns that are filled."""
        if self.strategy != "constant":
            return frozenset(("number", "code"))
        return frozenset(("code",)) if isinstance(self.fill_value, str) else frozenset(("number",))

    def _filled(self, column: FeatureColumn) -> FeatureColumn:
        """Return a column with `fill_value` among its categories."""
        if column.kind != "code" or column.categories is None or not isinstance(self.fill_value, str):
            return column
        if ValueIndex(column.categories).find(self.fill_value) is not None:
            return column
        return dataclasses.replace(column, categories=(*column.categories, self.fill_value))

    def fit(self, batches: Batches) -> None:
        """Compute the value of each column, reading the samples once for each 16 million values.

        Raises:
            DataError: all values of a column are missing.
        """
        fill, missing = [], []
        for index, values in enumerate(column_values(batches)):
            kind = self.features.kinds[index]
            present = values[~_are_missing(values, np.bool_(kind == "code"))]
            if not len(present):
                raise DataError(
                    f"Impute: {self.features.label((index,))} of input {self.features.name!r} has no value in the "
                    "training part; exclude it in the source"
                )
            fill.append(self._value(index, kind, present) if kind in self._kinds else np.nan)
            missing.append(len(values) - len(present) if kind in self._kinds else 0)
            self._total = len(values)
        self._fill, self._missing = np.array(fill, np.float32).astype(np.float64), np.array(missing, np.int64)

    def _value(self, index: int, kind: str, present: npt.NDArray[np.float32]) -> float:
        if isinstance(self.fill_value, str):
            return 1.0 + (ValueIndex(self._categories(index)).find(self.fill_value) or 0)
        if self.fill_value is not None:
            return self.fill_value
        if kind == "code" or self.strategy == "most_frequent":
            values, counts = np.unique(present, return_counts=True)
            return float(values[counts.argmax()])
        return float(
            np.median(present.astype(np.float64)) if self.strategy == "median" else present.mean(dtype=np.float64)
        )

    def _categories(self, index: int) -> tuple[str, ...]:
        return self._filled(self.features.columns[index]).categories or ()

    def fitted(self) -> dict[str, Batch]:
        """Return `fill`, of shape (columns,), with NaN for columns that are not filled."""
        return {} if self._fill is None else {"fill": self._fill}

    @property
    def _indicated(self) -> npt.NDArray[np.int64]:
        """The positions of the columns that get an indicator."""
        return np.flatnonzero(self._missing) if self.indicator else np.zeros(0, np.int64)

    @property
    def _codes(self) -> npt.NDArray[np.bool_]:
        return np.array([kind == "code" for kind in self.features.kinds], bool)

    def messages(self) -> Iterator[str]:
        """Yield the columns with missing values in the training part and the values that fill them."""
        filled = [
            f"{self._label(index)} by {self._shown(index)} ({self._missing[index]:,} of {self._total:,})"
            for index in np.flatnonzero(self._missing).tolist()
        ]
        if filled:
            more = f" and {len(filled) - _LISTED} more" if len(filled) > _LISTED else ""
            yield (
                f"input {escaped(self.features.name)}: missing values are filled, in the training part "
                f"{', '.join(filled[:_LISTED])}{more}"
            )

    def _label(self, index: int) -> str:
        return self.features.label((index,)).removeprefix("column ")

    def _shown(self, index: int) -> str:
        value = float(self.fitted()["fill"][index])
        if not self.features.columns or self.features.columns[index].kind != "code":
            return f"{value:.6g}"
        return repr(self._categories(index)[int(value) - 1])

    def transform(self, batch: Batch) -> Batch:
        """Fill missing values in NumPy."""
        self.require_fit()
        fill = self.fitted()["fill"]
        missing = _are_missing(batch, self._codes)
        filled: Batch = np.where(missing & ~np.isnan(fill), fill, batch)
        if not len(self._indicated):
            return filled
        return np.concatenate([filled, missing[..., self._indicated].astype(np.float64)], axis=-1)

    def build(self, tensor: Any, name: str) -> Any:
        """Replace missing values by `keras.ops.where`, and concatenate the indicators."""
        import keras

        self.require_fit()
        ops, fill, codes = keras.ops, self.fitted()["fill"], self._codes
        missing = ops.isnan(tensor)
        if codes.any():
            missing = ops.logical_or(missing, ops.logical_and(ops.less(tensor, 0.0), codes.tolist()))
        is_filled = missing
        if np.isnan(fill).any():
            is_filled = ops.logical_and(missing, (~np.isnan(fill)).tolist())
        # The numbers are written to the configuration of the model, in which NaN is not allowed.
        filled = ops.where(is_filled, np.nan_to_num(fill).astype(np.float32), tensor)
        if not len(self._indicated):
            return filled
        indicators = ops.cast(ops.take(missing, self._indicated.tolist(), axis=-1), "float32")
        return keras.layers.Concatenate(dtype="float32", name=name)([filled, indicators])


def _are_missing(values: npt.NDArray[Any], codes: Any) -> npt.NDArray[np.bool_]:
    """Return which values are missing: NaN, or, for codes of categories, a negative one."""
    return np.asarray(np.isnan(values) | ((values < 0) & codes))
