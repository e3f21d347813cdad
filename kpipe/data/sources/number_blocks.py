"""Columns of numbers in blocks of rows, which are freed block by block while they are copied elsewhere."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Block:
    """The numbers (columns, rows) of those columns that contain any, and the place of each of them."""

    places: Mapping[int, int]
    numbers: Numbers

    def column(self, position: int) -> Numbers | float:
        return self.numbers[self.places[position]] if position in self.places else np.nan


class NumberBlocks:
    """The float64 columns of a table, in blocks of rows.

    Each block has its own memory, which returns to the system when it is freed.

    Example:
        >>> blocks = NumberBlocks()
        >>> blocks.add({0: np.array([1.0, 2.0])}, 2)
        >>> blocks.add({0: np.array([3.0]), 1: np.array([4.0])}, 1)
        >>> blocks.column(1).tolist()
        [nan, nan, 4.0]
    """

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    def __len__(self) -> int:
        return sum(block.numbers.shape[1] for block in self._blocks)

    def add(self, columns: Mapping[int, Numbers], rows: int) -> None:
        """Append a block.

        Args:
            columns: the numbers of the block, keyed by the position of the column; other columns have none.
            rows: number of rows of the block.
        """
        size = len(columns) * rows
        memory = np.frombuffer(mmap.mmap(-1, max(8 * size, 1)), np.float64, size).reshape(len(columns), rows)
        for place, numbers in enumerate(columns.values()):
            memory[place] = numbers
        self._blocks.append(_Block({position: place for place, position in enumerate(columns)}, memory))

    def column(self, position: int) -> Numbers:
        """Return a column, with NaN where it has no numbers."""
        values, first = np.empty(len(self), np.float64), 0
        for block in self._blocks:
            end = first + block.numbers.shape[1]
            values[first:end] = block.column(position)
            first = end
        return values

    def take(self, positions: Sequence[int], rows: npt.NDArray[np.int64]) -> Iterator[Numbers]:
        """Yield some rows of some columns in matrices (rows, columns), and free each block.

        Args:
            positions: the positions of the columns.
            rows: the numbers of the rows, ascending.
        """
        self._blocks.reverse()
        first = 0
        while self._blocks:
            block = self._blocks.pop()
            end = first + block.numbers.shape[1]
            inside = rows[slice(*np.searchsorted(rows, [first, end]))] - first
            matrix = np.empty((len(inside), len(positions)), np.float64)
            every = len(inside) == end - first
            for place, position in enumerate(positions):
                column = block.column(position)
                matrix[:, place] = column if every or isinstance(column, float) else column[inside]
            first = end
            del block
            yield matrix
