"""A table's rows as one matrix of numbers, in NumPy and as Keras layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cell_value import cell_value, distinct
from kpipe.data.dataset import Column, Input
from kpipe.data.prepare.features import FeatureColumn, Features
from kpipe.data.value_index import ValueIndex
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped

Categories = Mapping[str, tuple[str, ...]]


class TableCoding:
    """Numbers as they are, categories as codes 1 to K in their sorted order, 0 for one that is not known.

    Cells are compared as values, not as strings: `1.0` is the category `1` (see `cell_value`).

    Args:
        entry: the table.
        categories: keyed by column name, sorted; None if they are not known yet.

    Example:
        >>> entry = Input("table", "table", (1,), "float64", (Column("color", "categorical"),))
        >>> coding = TableCoding(entry, {"color": ("blue", "red")})
        >>> strings = np.array([["red"], ["green"]], object)
        >>> coding.code({"numeric": np.empty((2, 0)), "categorical": strings}).tolist()
        [[2.0], [0.0]]
    """

    def __init__(self, entry: Input, categories: Categories | None = None) -> None:
        self.entry = entry
        self.columns = entry.columns
        self.categories: dict[str, tuple[str, ...]] | None = None
        self._places: dict[str, ValueIndex] = {}
        if categories is not None or not self.categorical:
            self.learn(categories or {})

    @property
    def categorical(self) -> tuple[Column, ...]:
        """The columns of categories, in their order."""
        return tuple(column for column in self.columns if column.kind == "categorical")

    def learn(self, categories: Categories) -> None:
        """Takes the categories.

        Raises:
            DataError: those of a column are missing.
        """
        missing = [column.name for column in self.categorical if column.name not in categories]
        if missing:
            listed = ", ".join(map(escaped, missing))
            raise DataError(
                f"input {self.entry.name!r}: the categories of {listed} are not among those that were "
                f"kept; they are for another table"
            )
        self.categories = {column.name: tuple(categories[column.name]) for column in self.categorical}
        self._places = {name: ValueIndex(entries) for name, entries in self.categories.items()}

    def find(self, batches: Iterable[Mapping[str, Any]]) -> None:
        """Learns the categories that occur in raw batches."""
        found: dict[str, set[str]] = {column.name: set() for column in self.categorical}
        for raw in batches:
            for position, column in enumerate(self.categorical):
                found[column.name].update(map(str, raw["categorical"][:, position]))
        # By text, numbers too: the order of a run that an earlier version began.
        self.learn({name: tuple(sorted(distinct(entries))) for name, entries in found.items()})

    def code(self, raw: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """Raw rows as float32 (n, columns)."""
        coded = np.empty((len(raw["numeric"]), len(self.columns)), np.float32)
        is_number = np.array([column.kind == "numeric" for column in self.columns], bool)
        with np.errstate(over="ignore"):
            coded[:, is_number] = raw["numeric"]
        for position, (index, column) in enumerate(zip(np.flatnonzero(~is_number), self.categorical, strict=True)):
            cells = raw["categorical"][:, position]
            places = self._found(column, cells)
            codes = {cell: 0 if place is None else place + 1 for cell, place in places.items()}
            coded[:, index] = [codes[cell] for cell in cells]
        return coded

    def unknown(self, raw: Mapping[str, Any]) -> dict[str, Counter[str]]:
        """The values that are none of the categories, each with its number of rows, keyed by column name."""
        found: dict[str, Counter[str]] = {}
        for position, column in enumerate(self.categorical):
            cells = raw["categorical"][:, position]
            missing = {cell for cell, place in self._found(column, cells).items() if place is None}
            found[column.name] = Counter(cell_value(str(cell)) for cell in cells if cell in missing)
        return found

    def _found(self, column: Column, cells: Iterable[Any]) -> dict[Any, int | None]:
        find = self._places[column.name].find
        return {cell: find(str(cell)) for cell in set(cells)}

    def features(self) -> Features:
        """What enters the first preparation."""
        columns = []
        for column in self.columns:
            entries = None if self.categories is None else self.categories.get(column.name)
            kind: Any = "number" if column.kind == "numeric" else "code"
            columns.append(FeatureColumn(column.name, kind, entries))
        return Features(self.entry.name, "table", (len(columns),), tuple(columns))

    def raw_inputs(self) -> Any:
        """Keras inputs for raw rows: one matrix if all columns are numbers, else one (n, 1) keyed by column name."""
        import keras

        if not self.categorical:
            return keras.Input((len(self.columns),), dtype="float32", name=self.entry.name)
        slashed = [column.name for column in self.columns if "/" in column.name or not column.name]
        if slashed:
            raise DataError(
                f"input {self.entry.name!r}: the saved model has one input for each column, and Keras takes no empty "
                f"name and none with a slash: rename {', '.join(map(repr, slashed))} in the file"
            )
        dtypes = {"numeric": "float32", "categorical": "string"}
        return {column.name: keras.Input((1,), dtype=dtypes[column.kind], name=column.name) for column in self.columns}

    def from_raw(self, raw: Any) -> Any:
        """The matrix that `code` makes, from the tensors of `raw_inputs`, by Keras' own layers."""
        import keras

        if not self.categorical:
            return raw
        pieces = []
        for index, column in enumerate(self.columns):
            tensor = raw[column.name]
            if column.kind == "categorical":
                # Named by number: Keras keeps a vocabulary in a file of the layer's name.
                prefix = f"{self.entry.name}_column_{index}"
                entries = (self.categories or {})[column.name]
                codes = keras.layers.StringLookup(
                    vocabulary=list(entries), mask_token=None, oov_token=_unused(entries), name=f"{prefix}_codes"
                )(tensor)
                tensor = keras.layers.Rescaling(1.0, dtype="float32", name=f"{prefix}_float32")(codes)
            pieces.append(tensor)
        if len(pieces) == 1:
            return pieces[0]
        return keras.layers.Concatenate(dtype="float32", name=f"{self.entry.name}_columns")(pieces)


def _unused(entries: tuple[str, ...]) -> str:
    """A word for unknown categories that is none of them."""
    word = "[UNK]"
    while word in entries:
        word = f"[{word}]"
    return word
