"""The interface of an opened data source: its inputs, targets, labels and predefined parts, and access to samples."""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import CsvFormat

Task = Literal["classification", "multilabel", "sequence", "regression"]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Args:
        name: the column name in the file.
        kind: `numeric` (float64 values) or `categorical` (strings).
    """

    name: str
    kind: Literal["numeric", "categorical"]


@dataclass(frozen=True, slots=True)
class Input:
    """One raw input of a dataset.

    Args:
        name: the input name; a single input is called `image`, `table` or `x`, according to its kind.
        kind: `image` (height, width, channels), `table` or `array`.
        shape: the shape of one sample, with None for sizes that differ between samples; `(columns,)` for a table.
        dtype: the NumPy name of the element type; `float64` for tables.
        columns: the columns of a table, in order; empty for other kinds.
        file_column: the table column that contains the path of the image; None for other inputs.
    """

    name: str
    kind: Literal["image", "table", "array"]
    shape: tuple[int | None, ...]
    dtype: str
    columns: tuple[Column, ...] = ()
    file_column: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One quantity to predict.

    Args:
        name: the target name; `y` unless the source specifies another one.
        task: the meaning of the labels.
        classes: the class names by class index; None for regression.
        shape: the shape of the label of one sample: `()` for a class index or a single number, `(k,)` for multilabel
            targets and vectors, `(t,)` for a sequence of class indices.
        reason: why the labels are numbers to predict and how to make them classes, for messages; empty (default) if
            the source does not know. It is not compared.
    """

    name: str
    task: Task
    classes: tuple[str, ...] | None
    shape: tuple[int, ...]
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class BadSample:
    """A sample that cannot be used and is skipped.

    Args:
        sample: the file, or `file:line` for a table row.
        reason: why the sample cannot be used.
    """

    sample: str
    reason: str


class Dataset(ABC):
    """Base class of opened sources. `read` must be thread-safe.

    Args:
        inputs: the raw inputs, keyed by input name.
        targets: the targets, keyed by target name.
        labels: encoded labels keyed by target name, with all samples along the first axis: int64 class indices for
            `classification` and `sequence`, float32 for `multilabel` and `regression`. Memory-mapped sequences and
            float32 numbers remain memory maps; the sequences may have any integer type.
        parts: ascending indices of the parts that the source defines: always `train`; `validation` and `test` only
            if the source has them.
        bad: the skipped samples; they have no index.
        groups: the group of each sample, integers or strings of shape (n,), such as the patient; None (default) if the
            source was opened without `OpenContext.group`.
        weights: the weight of each sample in the loss, float32 of shape (n,), at least 0; None (default) if the source
            was opened without `OpenContext.weights`.
        csv_format: the separator and the decimal sign of CSV files, with which `kpipe predict` reads others like them;
            None (default) for other sources.
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        targets: Mapping[str, Target],
        labels: Mapping[str, npt.NDArray[Any]],
        parts: Mapping[str, Indices],
        bad: list[BadSample] | None = None,
        groups: npt.NDArray[Any] | None = None,
        csv_format: CsvFormat | None = None,
        weights: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self.inputs = dict(inputs)
        self.targets = dict(targets)
        self.labels = dict(labels)
        self.parts = dict(parts)
        self.bad = list(bad or [])
        self.groups = groups
        self.csv_format = csv_format
        self.weights = weights

    @abstractmethod
    def read(self, indices: Indices) -> dict[str, Any]:
        """Return the raw inputs of the selected samples, keyed by input name.

        Args:
            indices: int64, in any order; repeats are allowed.

        Returns:
            One array per input, of shape `(len(indices), ...)`. Images of differing sizes are returned as a list of
            uint8 or uint16 arrays `(height, width, channels)`, and a table as a mapping `{"numeric": float64
            (n, numeric columns), "categorical": object (n, categorical columns)}`, both in the order of
            `Input.columns`.

        Raises:
            DataError: a sample that was valid when the source was opened can no longer be read.
        """

    def rows(self, name: str, indices: Indices) -> Mapping[str, npt.NDArray[Any]]:
        """Return the raw rows of one table, in the form that `read` returns."""
        rows: Mapping[str, npt.NDArray[Any]] = self.read(indices)[name]
        return rows

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Return the number of bytes that `read` needs for each of the selected samples.

        Callers use it to limit how many samples they read at once. By default it is computed from the input shapes.
        Samples of unknown size count as larger than any limit, so they are read one by one.
        """
        shapes = [(entry.shape, np.dtype(entry.dtype).itemsize) for entry in self.inputs.values()]
        unknown = any(size is None for shape, _ in shapes for size in shape)
        size = 2**62 // max(len(indices), 1) if unknown else sum(_product(shape) * item for shape, item in shapes)
        return np.full(len(indices), size, np.int64)

    def image_stamps(self, name: str) -> Iterable[str] | None:
        """Return what identifies the image file of each sample of an input: its path, size and modification time.

        None, the default, if the input is not decoded from image files.
        """
        return None

    def image_sizes(self, name: str) -> npt.NDArray[np.int64]:
        """Return the height and width (n, 2) of all images of an input; by default, all are read one by one."""
        count = max((int(part[-1]) + 1 for part in self.parts.values() if len(part)), default=0)
        shapes = [self.read(np.array([index]))[name][0].shape[:2] for index in range(count)]
        return np.array(shapes, np.int64).reshape(-1, 2)

    def arrays(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return complete inputs keyed by input name if all are NumPy arrays, in memory or mapped; else None."""
        return None

    def float32_table(self, name: str) -> npt.NDArray[np.float32] | None:
        """Return the numbers of all rows of a table, if the dataset has them as a float32 array (n, columns).

        None, the default, if it has not, or if the table has categorical columns. The array must not be modified.
        """
        return None

    def files(self) -> list[tuple[str, Path]]:
        """Return the files that contain the inputs, in a reproducible order; an empty list if there are none.

        Returns:
            For each file, a name relative to the path in the spec, which stays the same if the dataset is moved, and
            the actual path.
        """
        return []

    def file_stamps(self) -> list[tuple[str, int, int]]:
        """Return the name of each of `files`, its size in bytes and its modification time in ns."""
        found = []
        for name, path in self.files():
            status = os.stat(path)  # noqa: PTH116  (half the time of Path.stat)
            found.append((name, status.st_size, status.st_mtime_ns))
        return found

    def sample_name(self, index: int) -> str:
        """Return the name of a sample in messages and predictions: its file, its row, or its number from 0."""
        return f"sample {index}"


def _product(shape: tuple[int | None, ...]) -> int:
    return math.prod(size for size in shape if size is not None)
