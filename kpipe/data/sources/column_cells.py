"""The cells of one column of a table file, without the text of its numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.sources.cell_numbers import Numbers, cell_numbers

#: Largest magnitude below which float64 represents every integer.
_EXACT = 2.0**53
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")


@dataclass(frozen=True)
class _Piece:
    """Consecutive cells: all of them, or only those that are not finite numbers.

    Args:
        first, count: the number of the first row, and of all rows.
        others: the positions, in the piece, of the cells that are not finite numbers; None for all.
        cells: the cells.
    """

    first: int
    count: int
    others: npt.NDArray[np.int64] | None
    cells: Any

    @property
    def is_whole(self) -> bool:
        return len(self.cells) == self.count

    def other_cells(self) -> Any:
        import pyarrow as pa

        is_selected = self.others is None or len(self.cells) == len(self.others)
        return self.cells if is_selected else self.cells.take(pa.array(self.others))

    def other_rows(self) -> npt.NDArray[np.int64]:
        return self.first + (np.arange(self.count) if self.others is None else self.others)


class ColumnCells:
    """The cells of a column that are not finite numbers, and as many of the others as are needed.

    The text of numbers needs most of the memory of a table. It is kept in pieces in which at least half of the cells
    are not numbers, as in a column of categories, and where `keep` demands it.

    Args:
        kind: the Arrow type of the column.
        decimal: the decimal sign of numbers in strings.
        keep: whether all cells are kept.

    Attributes:
        kind: the Arrow type.
        num_finite: how many cells are finite numbers.
        rounded_integer: the first integer that its float64 number does not represent exactly; None if there is none.

    Example:
        >>> import pyarrow as pa
        >>> column = ColumnCells(pa.string(), ".")
        >>> column.add(pa.array(["1", "2", "3", "x"])).tolist()
        [1.0, 2.0, 3.0, nan]
        >>> column.others().to_pylist(), column.other_rows().tolist(), column.whole()
        (['x'], [3], None)
    """

    def __init__(self, kind: Any, decimal: str, keep: bool = False) -> None:
        import pyarrow.types as types

        self.kind = kind
        self.num_finite = 0
        self.rounded_integer: str | None = None
        self._decimal = decimal
        self._keep = keep or types.is_boolean(kind)
        self._pieces: list[_Piece] = []
        self._count = 0

    @property
    def is_plain(self) -> bool:
        """Whether the column contains numbers, booleans or strings rather than dates, lists or records."""
        import pyarrow.types as types

        is_number = types.is_integer(self.kind) or types.is_floating(self.kind) or types.is_decimal(self.kind)
        return bool(is_number or types.is_string(self.kind) or types.is_boolean(self.kind))

    def add(self, cells: Any) -> Numbers | None:
        """Append cells; return them as numbers, or None if none of them is a finite number."""
        import pyarrow as pa

        first, self._count = self._count, self._count + len(cells)
        numbers = cell_numbers(cells, self._decimal) if self.is_plain else None
        is_finite = np.zeros(0, bool) if numbers is None else np.isfinite(numbers)
        finite = int(is_finite.sum())
        self.num_finite += finite
        if not finite:
            self._pieces.append(_Piece(first, len(cells), None, cells if self.is_plain else cells[:0]))
            return None
        if self.rounded_integer is None and numbers is not None and not pa.types.is_floating(self.kind):
            self.rounded_integer = _rounded_integer(cells, numbers)
        others = np.flatnonzero(~is_finite)
        keep = self._keep or (2 * finite <= len(cells) and pa.types.is_string(self.kind))
        self._pieces.append(_Piece(first, len(cells), others, cells if keep else cells.take(pa.array(others))))
        return numbers

    def others(self) -> Any:
        """Return the cells that are not finite numbers as a chunked array."""
        import pyarrow as pa

        return pa.chunked_array([piece.other_cells() for piece in self._pieces], self.kind)

    def other_rows(self) -> npt.NDArray[np.int64]:
        """Return the numbers of the rows whose cells are not finite numbers."""
        rows = [piece.other_rows() for piece in self._pieces]
        return np.concatenate(rows) if rows else np.zeros(0, np.int64)

    def whole(self) -> Any | None:
        """Return all cells as a chunked array; None if they are not all kept."""
        import pyarrow as pa

        if not all(piece.is_whole for piece in self._pieces):
            return None
        return pa.chunked_array([piece.cells for piece in self._pieces], self.kind)


def _rounded_integer(cells: Any, numbers: Numbers) -> str | None:
    """Return the first integer that its number does not represent exactly; None if there is none."""
    import pyarrow as pa

    large = np.flatnonzero(np.abs(numbers) >= _EXACT)
    for position, cell in zip(large, cells.take(pa.array(large)).to_pylist() if len(large) else (), strict=True):
        if _INTEGER.fullmatch(str(cell)) and int(cell) != int(numbers[position]):
            return str(cell).strip()
    return None
