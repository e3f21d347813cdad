"""A dataset whose samples are rows: numbers, categories, and images that the rows name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import BadSample, Column, Dataset, Indices, Input, Target
from kpipe.data.sources.image_set import ImageSet


class TableDataset(Dataset):
    """Rows in memory; images are decoded when they are read.

    Args:
        columns: of the table, numeric and categorical in any order; none if there are images alone.
        numeric: float64 (n, number of numeric columns).
        categorical: strings, object (n, number of categorical columns).
        images: keyed by input name.
        targets, labels, parts, bad: as in `Dataset`.
        name_of: the name of a sample by its index.
        files: that hold the inputs, as `Dataset.files` returns them.

    Example:
        >>> columns = (Column("area", "numeric"),)
        >>> dataset = TableDataset(columns, np.ones((3, 1)), np.empty((3, 0), object), {}, {}, {}, {})
        >>> dataset.read(np.array([0, 2]))["table"]["numeric"].shape
        (2, 1)
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        numeric: npt.NDArray[np.float64],
        categorical: npt.NDArray[np.object_],
        images: Mapping[str, ImageSet],
        targets: Mapping[str, Target],
        labels: Mapping[str, npt.NDArray[Any]],
        parts: Mapping[str, Indices],
        bad: list[BadSample] | None = None,
        name_of: Callable[[int], str] | None = None,
        files: Sequence[tuple[str, Path]] = (),
    ) -> None:
        self._files = list(files)
        inputs = {name: image_set.as_input(name) for name, image_set in images.items()}
        if columns:
            inputs["table"] = Input("table", "table", (len(columns),), "float64", columns)
        super().__init__(inputs, targets, labels, parts, bad)
        self._numeric = numeric
        self._categorical = categorical
        self._images = dict(images)
        self._name_of = name_of

    def read(self, indices: Indices) -> dict[str, Any]:
        """Rows of the table as `{"numeric": ..., "categorical": ...}`, and the images they name."""
        raw: dict[str, Any] = {name: image_set.read(indices) for name, image_set in self._images.items()}
        if "table" in self.inputs:
            raw["table"] = self.rows("table", indices)
        return raw

    def rows(self, name: str, indices: Indices) -> Mapping[str, npt.NDArray[Any]]:
        """Rows of the table alone; no image is decoded for them."""
        return {"numeric": self._numeric[indices], "categorical": self._categorical[indices]}

    def raw_bytes(self, indices: Indices) -> npt.NDArray[np.int64]:
        """Bytes that the images of each of some rows take, decoded; the rows themselves are in memory."""
        sizes = [image_set.raw_bytes(indices) for image_set in self._images.values()]
        return np.sum(sizes, axis=0, dtype=np.int64) if sizes else np.zeros(len(indices), np.int64)

    def files(self) -> list[tuple[str, Path]]:
        """The tables, and the images that they name."""
        return list(self._files)

    def sample_name(self, index: int) -> str:
        """`file:line` where the rows come from a file."""
        return self._name_of(index) if self._name_of else f"row {index + 1}"
