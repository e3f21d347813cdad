"""Encoding of table rows as a numeric matrix, in NumPy and as Keras layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Column, Input
from kpipe.data.encoding.cell_value import cell_value, distinct
from kpipe.data.encoding.value_index import ValueIndex
from kpipe.data.features import FeatureColumn, Features
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped

Categories = Mapping[str, tuple[str, ...]]


class TableCoding:
    """Numeric encoding of a table: numbers are unchanged, categories become codes 1 to K, unknown categories 0.

    Codes follow the sorted order of the categories. Cells are compared as values, not as strings: `1.0` is the
    category `1` (see `cell_value`). If a preparation fills missing values, missing numbers remain NaN, and missing
    categories, which are empty strings, become -1.

    Args:
        entry: the table.
        categories: the sorted categories, keyed by column name; None (default) if they are not known yet.
        has_missing: whether values can be missing, which a preparation fills; default False.

    Example:
        >>> entry = Input("table", "table", (1,), "float64", (Column("color", "categorical"),))
        >>> coding = TableCoding(entry, {"color": ("blue", "red")})
        >>> strings = np.array([["red"], ["green"]], object)
        >>> coding.code({"numeric": np.empty((2, 0)), "categorical": strings}).tolist()
        [[2.0], [0.0]]
    """

    def __init__(self, entry: Input, categories: Categories | None = None, has_missing: bool = False) -> None:
        self.entry = entry
        self.has_missing = has_missing
        self.columns = entry.columns
        self.categories: dict[str, tuple[str, ...]] | None = None
        self._indices: dict[str, ValueIndex] = {}
        if categories is not None or not self.categorical:
            self.learn(categories or {})

    @property
    def categorical(self) -> tuple[Column, ...]:
        """The categorical columns, in order."""
        return tuple(column for column in self.columns if column.kind == "categorical")

    def learn(self, categories: Categories) -> None:
        """Set the categories.

        Raises:
            DataError: the categories of a column are missing.
        """
        missing = [column.name for column in self.categorical if column.name not in categories]
        if missing:
            listed = ", ".join(map(escaped, missing))
            raise DataError(
                f"input {self.entry.name!r}: the stored categories do not include those of {listed}; they belong to "
                "another table"
            )
        self.categories = {column.name: tuple(categories[column.name]) for column in self.categorical}
        self._indices = {name: ValueIndex(entries) for name, entries in self.categories.items()}

    def find(self, batches: Iterable[Mapping[str, Any]]) -> None:
        """Set the categories to those that occur in raw batches."""
        found: dict[str, set[str]] = {column.name: set() for column in self.categorical}
        for raw in batches:
            for position, column in enumerate(self.categorical):
                found[column.name].update(map(str, self._present(raw["categorical"][:, position])))
        # Numbers are sorted as strings too, as in version 0.1.0, whose runs can be resumed.
        self.learn({name: tuple(sorted(distinct(entries))) for name, entries in found.items()})

    def code(self, raw: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """Return raw rows as a float32 matrix (n, columns)."""
        coded = np.empty((len(raw["numeric"]), len(self.columns)), np.float32)
        is_number = np.array([column.kind == "numeric" for column in self.columns], bool)
        with np.errstate(over="ignore"):
            coded[:, is_number] = raw["numeric"]
        for position, (index, column) in enumerate(zip(np.flatnonzero(~is_number), self.categorical, strict=True)):
            cells = raw["categorical"][:, position]
            found = self._find_cells(column, cells)
            codes = {cell: 0 if position is None else position + 1 for cell, position in found.items()}
            if self.has_missing:
                codes[""] = -1
            coded[:, index] = [codes[cell] for cell in cells]
        return coded

    def unknown(self, raw: Mapping[str, Any]) -> dict[str, Counter[str]]:
        """Return the unknown values and the number of rows in which each occurs, keyed by column name."""
        counts: dict[str, Counter[str]] = {}
        for position, column in enumerate(self.categorical):
            cells = raw["categorical"][:, position]
            found = self._find_cells(column, self._present(cells))
            unknown = {cell for cell, index in found.items() if index is None}
            counts[column.name] = Counter(cell_value(str(cell)) for cell in cells if cell in unknown)
        return counts

    def _present(self, cells: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        return cells[cells != ""] if self.has_missing else cells

    def _find_cells(self, column: Column, cells: Iterable[Any]) -> dict[Any, int | None]:
        find = self._indices[column.name].find
        return {cell: find(str(cell)) for cell in set(cells)}

    def features(self) -> Features:
        """Return the features of the encoded table."""
        columns = []
        for column in self.columns:
            entries = None if self.categories is None else self.categories.get(column.name)
            kind: Any = "number" if column.kind == "numeric" else "code"
            columns.append(FeatureColumn(column.name, kind, entries))
        features = Features(self.entry.name, "table", (len(columns),), tuple(columns))
        return replace(features, missing=features.value_kinds if self.has_missing else frozenset())

    def raw_inputs(self) -> Any:
        """Return Keras inputs for raw rows: a matrix if all columns are numeric, else a dict of columns (n, 1)."""
        import keras

        if not self.categorical:
            return keras.Input((len(self.columns),), dtype="float32", name=self.entry.name)
        invalid = [column.name for column in self.columns if "/" in column.name or not column.name]
        if invalid:
            raise DataError(
                f"input {self.entry.name!r}: invalid column names for the inputs of the saved model; expected names "
                f"that are not empty and contain no slash, got {', '.join(map(repr, invalid))}; rename the columns in "
                "the file"
            )
        dtypes = {"numeric": "float32", "categorical": "string"}
        return {column.name: keras.Input((1,), dtype=dtypes[column.kind], name=column.name) for column in self.columns}

    def from_raw(self, raw: Any) -> Any:
        """Return the matrix that `code` returns, computed from the tensors of `raw_inputs` with Keras layers."""
        import keras

        if not self.categorical:
            return raw
        tensors = []
        for index, column in enumerate(self.columns):
            tensor = raw[column.name]
            if column.kind == "categorical":
                # The name contains the column's number because Keras stores vocabularies in files named by layer.
                prefix = f"{self.entry.name}_column_{index}"
                entries = (self.categories or {})[column.name]
                mask = "" if self.has_missing else None
                codes = keras.layers.StringLookup(
                    vocabulary=list(entries), mask_token=mask, oov_token=_unused(entries), name=f"{prefix}_codes"
                )(tensor)
                # With a mask, the layer starts with 0 for missing and 1 for unknown categories.
                offset = -1.0 if self.has_missing else 0.0
                tensor = keras.layers.Rescaling(1.0, offset, dtype="float32", name=f"{prefix}_float32")(codes)
            tensors.append(tensor)
        if len(tensors) == 1:
            return tensors[0]
        return keras.layers.Concatenate(dtype="float32", name=f"{self.entry.name}_columns")(tensors)


def _unused(entries: tuple[str, ...]) -> str:
    """Return a token for unknown categories that is not a category itself."""
    token = "[UNK]"
    while token in entries:
        token = f"[{token}]"
    return token
