"""What enters a preparation: the shape of a sample and, of a table, what its columns hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One column of a coded table.

    Args:
        name: the column's name in the file, or `column=category` of an indicator.
        kind: `number` as it is; `code` 1 to K of a category, 0 for an unknown one; `indicator` 0 or 1.
        categories: of a `code`, in the order of their codes; None before they are known.
    """

    name: str
    kind: Literal["number", "code", "indicator"] = "number"
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """One input on its way through the preparations.

    Args:
        name: of the input.
        kind: what it contains.
        shape: of one sample; an entry is None where only the fit will tell it.
        columns: of a table, in their order.
        dtype: NumPy's name of the type of the raw samples.
    """

    name: str
    kind: Literal["image", "table", "array"]
    shape: tuple[int | None, ...]
    columns: tuple[FeatureColumn, ...] = ()
    dtype: str = "float64"

    @property
    def coded(self) -> tuple[str, ...]:
        """Names of the columns that hold codes of categories."""
        return tuple(column.name for column in self.columns if column.kind == "code")

    @property
    def numbers(self) -> npt.NDArray[np.bool_] | None:
        """For a table with other columns than numbers: which ones are numbers; None where all values are."""
        plain = np.array([column.kind == "number" for column in self.columns], bool)
        return None if plain.all() else plain

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of a sample, counted in a batch."""
        return tuple(range(1, len(self.shape) + 1))

    def label(self, position: tuple[int, ...]) -> str:
        """The name in messages of one value of a sample: its column's name, or where it is."""
        if self.columns and len(position) == 1:
            return f"column {self.columns[position[0]].name!r}"
        return f"position {', '.join(map(str, position))}"
