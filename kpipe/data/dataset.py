"""An opened source: what its samples look like, which parts it fixes itself, and how to read some of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Task = Literal["classification", "multilabel", "sequence", "regression"]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Args:
        name: the column's name in the file.
        kind: `numeric` columns are float64, `categorical` ones are strings.
    """

    name: str
    kind: Literal["numeric", "categorical"]


@dataclass(frozen=True, slots=True)
class Input:
    """One raw input of a dataset.

    Args:
        name: `image`, `table` or `x` by kind where there is one input.
        kind: what it contains; images are height, width, channels.
        shape: of one sample; None for sizes that differ between samples; a table has its number of columns.
        dtype: NumPy's name of the element type; `float64` for tables.
        columns: of a table, in their order.
        file_column: for an image that a table names, the column that contains its file; else None.
    """

    name: str
    kind: Literal["image", "table", "array"]
    shape: tuple[int | None, ...]
    dtype: str
    columns: tuple[Column, ...] = ()
    file_column: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be predicted.

    Args:
        name: `y` unless the source names it.
        task: what the labels mean.
        classes: names by class index; None for regression.
        shape: of one sample's label: `()` for a class index or a single number, `(k,)` for multilabel and
            vectors, `(t,)` for a sequence of class indices.
    """

    name: str
    task: Task
    classes: tuple[str, ...] | None
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BadSample:
    """A sample that is skipped.

    Args:
        sample: the file, or `file:line` of a table's row.
        reason: why it cannot be used.
    """

    sample: str
    reason: str


class Dataset(ABC):
    """An opened source. `read` may be called by several threads at once.

    Args:
        inputs: the raw inputs by name.
        targets: the targets by name.
        labels: encoded labels keyed by target name, the first axis over all samples: int64 class indices for
            `classification` and `sequence`, float32 for `multilabel` and `regression`.
            Integer sequences and float32 numbers that are memory maps stay maps, the former of any integer type.
        parts: indices that the source itself fixes, ascending: always `train`; `validation` and `test` only
            where the source has such parts.
        bad: the samples skipped; they have no index.
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        targets: Mapping[str, Target],
        labels: Mapping[str, npt.NDArray[Any]],
        parts: Mapping[str, Indices],
        bad: list[BadSample] | None = None,
    ) -> None:
        self.inputs = dict(inputs)
        self.targets = dict(targets)
        self.labels = dict(labels)
        self.parts = dict(parts)
        self.bad = list(bad or [])

    @abstractmethod
    def read(self, indices: Indices) -> dict[str, Any]:
        """The raw inputs of some samples, keyed by input name.

        Args:
            indices: int64, in any order, repeats allowed.

        Returns:
            For each input an array with first axis `len(indices)`; for images of differing sizes a list of
            uint8 or uint16 arrays (height, width, channels); for a table a mapping `{"numeric": float64 (n, number of
            numeric columns), "categorical": object (n, number of categorical columns)}`, both in the order of
            `Input.columns`.

        Raises:
            DataError: a sample that was good when the source was opened cannot be read any more.
        """

    def rows(self, name: str, indices: Indices) -> Mapping[str, npt.NDArray[Any]]:
        """The raw rows of one table, as in `read`."""
        rows: Mapping[str, npt.NDArray[Any]] = self.read(indices)[name]
        return rows

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Bytes that `read` takes for each of some samples, by which it is called for as many as fit in memory.

        By default they follow from the inputs' shapes; samples of unknown size count as larger than any bound, so
        that they are read one by one.
        """
        shapes = [(entry.shape, np.dtype(entry.dtype).itemsize) for entry in self.inputs.values()]
        unknown = any(size is None for shape, _ in shapes for size in shape)
        size = 2**62 // max(len(indices), 1) if unknown else sum(_product(shape) * item for shape, item in shapes)
        return np.full(len(indices), size, np.int64)

    def arrays(self) -> dict[str, npt.NDArray[Any]] | None:
        """Whole inputs by name where all are NumPy arrays already, in memory or mapped; else None."""
        return None

    def files(self) -> list[tuple[str, Path]]:
        """The files that hold the inputs, in an order that is always the same; empty where no files are known.

        Returns:
            Of each file its path below what the spec names, by which it is known where the data were moved, and where
            it is.
        """
        return []

    def sample_name(self, index: int) -> str:
        """How messages and predictions call a sample: its file, its row, or its number from 0."""
        return f"sample {index}"


def _product(shape: tuple[int | None, ...]) -> int:
    return math.prod(size for size in shape if size is not None)
