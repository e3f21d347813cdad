"""The features that a preparation receives: the shape of a sample and the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

#: The kinds of values that samples can lack: numbers, and the codes of categories.
ValueKind = Literal["number", "code"]


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One column of an encoded table.

    Args:
        name: the column name in the file, or `column=category` for an indicator.
        kind: `number`; `code`, which is 1 to K for a category, 0 for an unknown one and -1 for a missing one; `index`,
            a code that is kept for an embedding; or `indicator`, which is 0 or 1.
        categories: the categories of a column with codes in the order of their codes; None before they are known.
    """

    name: str
    kind: Literal["number", "code", "index", "indicator"] = "number"
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """The form of an input before or after a preparation.

    Args:
        name: the name of the input.
        kind: `image`, `table` or `array`; `target` for labels.
        shape: the shape of one sample; sizes that are unknown before the fit are None.
        columns: the columns of a table, in order.
        dtype: the NumPy name of the type of the raw samples.
        missing: the kinds of values of which some may be missing; a missing number is NaN.
    """

    name: str
    kind: Literal["image", "table", "array", "target"]
    shape: tuple[int | None, ...]
    columns: tuple[FeatureColumn, ...] = ()
    dtype: str = "float64"
    missing: frozenset[ValueKind] = frozenset()

    @property
    def title(self) -> str:
        """What the features are, in messages."""
        return f"{'target' if self.kind == 'target' else 'input'} {self.name!r}"

    @property
    def coded(self) -> tuple[str, ...]:
        """The names of the columns with codes of categories."""
        return tuple(column.name for column in self.columns if column.kind == "code")

    @property
    def codes(self) -> dict[str, int]:
        """The number of codes, including 0 for unknown categories, of each column whose codes are kept."""
        return {column.name: len(column.categories or ()) + 1 for column in self.columns if column.kind == "index"}

    @property
    def numbers(self) -> npt.NDArray[np.bool_] | None:
        """A mask of the numeric columns of a table; None if all values are numbers."""
        mask = np.array([column.kind == "number" for column in self.columns], bool)
        return None if mask.all() else mask

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each index of the last axis, which is `number` if the input is not a table."""
        return tuple(column.kind for column in self.columns) or ("number",) * int(self.shape[-1] or 0)

    @property
    def value_kinds(self) -> frozenset[ValueKind]:
        """The kinds of values that samples can lack."""
        kinds: tuple[ValueKind, ...] = ("number", "code")
        return frozenset(kind for kind in kinds if kind in (self.kinds or ("number",)))

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of a batch that are axes of a sample."""
        return tuple(range(1, len(self.shape) + 1))

    def label(self, position: tuple[int, ...]) -> str:
        """Return the name of one value of a sample in messages: its column or its position."""
        if self.columns and len(position) == 1:
            return f"column {self.columns[position[0]].name!r}"
        return f"position {', '.join(map(str, position))}"
