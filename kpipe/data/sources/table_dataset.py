"""A dataset of table rows with numeric and categorical columns and paths of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import CsvFormat
from kpipe.data.dataset import BadSample, Column, Dataset, Indices, Input, Target
from kpipe.data.sources.exact_matrix import ExactMatrix
from kpipe.data.sources.image_set import ImageSet


class TableDataset(Dataset):
    """A dataset with rows in memory and images that are decoded when they are read.

    Args:
        columns: the columns of the table, numeric and categorical in any order; empty if there are only images.
        numeric: the numbers (n, numeric columns), float64.
        categorical: object array (n, categorical columns) of strings.
        images: the image sets, keyed by input name.
        targets, labels, parts, bad: as in `Dataset`.
        name_of: a function that returns the name of a sample, given its index; by default the row number.
        files: the files that contain the inputs, in the form that `Dataset.files` returns.
        groups, csv_format, weights: as in `Dataset`.
        tables: the columns of each input that is a table, keyed by input name; None (default) for a single input
            `table` with all of `columns`.

    Example:
        >>> columns = (Column("area", "numeric"),)
        >>> dataset = TableDataset(columns, np.ones((3, 1)), np.empty((3, 0), object), {}, {}, {}, {})
        >>> dataset.read(np.array([0, 2]))["table"]["numeric"].shape
        (2, 1)
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        numeric: ExactMatrix | npt.NDArray[np.float64],
        categorical: npt.NDArray[np.object_],
        images: Mapping[str, ImageSet],
        targets: Mapping[str, Target],
        labels: Mapping[str, npt.NDArray[Any]],
        parts: Mapping[str, Indices],
        bad: list[BadSample] | None = None,
        name_of: Callable[[int], str] | None = None,
        files: Sequence[tuple[str, Path]] = (),
        groups: npt.NDArray[Any] | None = None,
        csv_format: CsvFormat | None = None,
        tables: Mapping[str, tuple[Column, ...]] | None = None,
        weights: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self._files = list(files)
        inputs = {name: image_set.as_input(name) for name, image_set in images.items()}
        if tables is None:
            tables = {"table": columns} if columns else {}
        for name, chosen in tables.items():
            inputs[name] = Input(name, "table", (len(chosen),), "float64", chosen)
        self._positions = {name: _positions(columns, chosen) for name, chosen in tables.items()}
        super().__init__(inputs, targets, labels, parts, bad, groups, csv_format, weights)
        self._numeric = numeric if isinstance(numeric, ExactMatrix) else _exact(numeric)
        self._categorical = categorical
        self._images = dict(images)
        self._name_of = name_of

    def read(self, indices: Indices) -> dict[str, Any]:
        """Return the selected rows as `{"numeric": ..., "categorical": ...}`, and their images."""
        raw: dict[str, Any] = {name: image_set.read(indices) for name, image_set in self._images.items()}
        return raw | {name: self.rows(name, indices) for name in self._positions}

    def rows(self, name: str, indices: Indices) -> Mapping[str, npt.NDArray[Any]]:
        """Return the selected rows of a table without decoding images."""
        numbers, categories = self._positions[name]
        texts = self._categorical
        return {
            "numeric": self._numeric.rows(indices, numbers),
            "categorical": texts[indices] if categories is None else texts[indices[:, np.newaxis], categories],
        }

    def float32_table(self, name: str) -> npt.NDArray[np.float32] | None:
        """Return the float32 values of all rows of a table if it has all numeric columns and no others; else None."""
        numbers, categories = self._positions[name]
        is_whole = numbers is None and not (self._categorical.shape[1] if categories is None else len(categories))
        return self._numeric.values if is_whole else None

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Return the number of bytes of the decoded images of each selected row; the table is in memory already."""
        sizes = [image_set.raw_bytes(indices) for image_set in self._images.values()]
        return np.sum(sizes, axis=0, dtype=np.int64) if sizes else np.zeros(len(indices), np.int64)

    def image_stamps(self, name: str) -> Iterator[str] | None:
        """Return the path, size and modification time of each image."""
        return self._images[name].image_stamps() if name in self._images else None

    def image_sizes(self, name: str) -> npt.NDArray[np.int64]:
        """Return the height and width of all images of an input."""
        return self._images[name].image_sizes()

    def files(self) -> list[tuple[str, Path]]:
        """Return the table files and their images."""
        return list(self._files)

    def sample_name(self, index: int) -> str:
        """Return `file:line` if the rows are from a file, else the row number."""
        return self._name_of(index) if self._name_of else f"row {index + 1}"


def _exact(numbers: npt.NDArray[np.float64]) -> ExactMatrix:
    rows, columns = numbers.shape
    return ExactMatrix([numbers], (rows, columns))


def _positions(
    columns: Sequence[Column], chosen: Sequence[Column]
) -> tuple[npt.NDArray[np.int64] | None, npt.NDArray[np.int64] | None]:
    """Return the positions of columns among the numeric and the categorical ones; None for all of them in order."""
    found = []
    for kind in ("numeric", "categorical"):
        every = [column.name for column in columns if column.kind == kind]
        names = [column.name for column in chosen if column.kind == kind]
        found.append(None if names == every else np.array([every.index(name) for name in names], np.int64))
    return found[0], found[1]
