"""The positions of cells in a sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from kpipe.report.sheets.cell import Cell
from kpipe.report.sheets.styles import BETWEEN, CARD, EDGE, GAP, GREY, HEADING, INK, LEADING, PADDING, PLAIN, SMALL
from kpipe.report.sheets.text_block import TextBlock

#: Pictures are enlarged by an integer factor, but at most to this side.
_USUAL_SIDE = 192

#: The least width that the note of a picture has, and the largest width of a grid with several columns.
_NARROWEST, _WIDEST = 172, 2640

#: The preferred ratio of width to height, and the weight of empty places in the choice of columns.
_ASPECT, _EMPTY = 1.4, 2.0

_MOST_LINES = 3

Box = tuple[int, int, int, int]


class CellGrid:
    """A grid of cells of the same width, in rows.

    The pictures at one position of the cells are enlarged by the same integer factor.

    Args:
        cells: the cells, at least one.

    Attributes:
        columns: the number of cells in a row.

    Example:
        >>> import numpy as np
        >>> from kpipe.report.sheets.picture import Picture
        >>> CellGrid([Cell([Picture(np.zeros((8, 8, 3), np.uint8))], "seven")]).pictures(0, (0, 0))
        [(14, 14, 206, 206)]
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells
        slots: list[tuple[tuple[int, int], ...]] = list(
            zip(*([picture.size for picture in cell.pictures] for cell in cells), strict=True)
        )
        self._factors = [max(_USUAL_SIDE // max(map(max, slot)), 1) for slot in slots]
        self._slots = [
            max(_NARROWEST, factor * max(width for _, width in slot))
            for slot, factor in zip(slots, self._factors, strict=True)
        ]
        self._inner = sum(self._slots) + BETWEEN * (len(slots) - 1)
        self._notes = [
            [
                TextBlock([(SMALL, line, GREY) for line in SMALL.lines(picture.note, slot, 3)])
                for picture, slot in zip(cell.pictures, self._slots, strict=True)
            ]
            for cell in cells
        ]
        self._captions = [self._caption(cell) for cell in cells]
        self.columns = self._best_columns()

    @property
    def width(self) -> int:
        """The width in pixels."""
        return self.columns * (self._cell_width + GAP) - GAP

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self._tops[-1] - GAP

    def draw(self, image: Any, canvas: Any, corner: tuple[int, int]) -> None:
        """Draw the cells.

        Args:
            image: a `PIL.Image.Image`.
            canvas: its `PIL.ImageDraw.ImageDraw`.
            corner: the left and upper end of the grid.
        """
        from PIL import Image

        for index, cell in enumerate(self._cells):
            left, top, right, bottom = self._box(index, corner)
            canvas.rectangle((left, top, right - 1, bottom - 1), CARD, EDGE)
            for picture, place in zip(cell.pictures, self.pictures(index, corner), strict=True):
                canvas.rectangle((place[0] - 1, place[1] - 1, place[2], place[3]), None, EDGE)
                size = (place[2] - place[0], place[3] - place[1])
                image.paste(Image.fromarray(picture.pixels).resize(size, Image.Resampling.NEAREST), place[:2])
            row = self._row_of(index)
            self._draw_text(canvas, index, left + PADDING, top + PADDING + self._picture_height(row) + LEADING)

    def pictures(self, index: int, corner: tuple[int, int]) -> list[Box]:
        """Return where the pictures of a cell are: left, top, right and bottom, in pixels.

        Args:
            index: the index of the cell.
            corner: the left and upper end of the grid.
        """
        left, top, _, _ = self._box(index, corner)
        left, bottom = left + PADDING, top + PADDING + self._picture_height(self._row_of(index))
        found = []
        for picture, factor, slot in zip(self._cells[index].pictures, self._factors, self._slots, strict=True):
            height, width = (factor * size for size in picture.size)
            found.append((left, bottom - height, left + width, bottom))
            left += slot + BETWEEN
        return found

    def _caption(self, cell: Cell) -> TextBlock:
        lines = [(HEADING, line, INK) for line in HEADING.lines(cell.heading, self._inner, _MOST_LINES)]
        for text in cell.lines:
            lines += [(PLAIN, line, INK) for line in PLAIN.lines(text, self._inner, _MOST_LINES)]
        for name in filter(None, (cell.name, cell.partner)):
            lines.append((SMALL, SMALL.fitted(name, self._inner, keep="end"), GREY))
        return TextBlock(lines)

    @property
    def _cell_width(self) -> int:
        return self._inner + 2 * PADDING

    def _best_columns(self) -> int:
        """Return the number of columns with a usual ratio of width to height and few empty places."""
        count = len(self._cells)
        row = self._row_height(range(count)) + GAP
        best, least = 1, math.inf
        for columns in range(1, max(min(count, _WIDEST // (self._cell_width + GAP)), 1) + 1):
            rows = -(-count // columns)
            ratio = columns * (self._cell_width + GAP) / (rows * row)
            cost = abs(math.log(ratio / _ASPECT)) + _EMPTY * (1 - count / (rows * columns))
            if cost < least:
                best, least = columns, cost
        return best

    @cached_property
    def _tops(self) -> list[int]:
        """The top of each row, and that of one below the last."""
        tops = [0]
        for row in self._rows():
            tops.append(tops[-1] + self._row_height(row) + GAP)
        return tops

    def _rows(self) -> Iterator[range]:
        for first in range(0, len(self._cells), self.columns):
            yield range(first, min(first + self.columns, len(self._cells)))

    def _row_of(self, index: int) -> range:
        first = index - index % self.columns
        return range(first, min(first + self.columns, len(self._cells)))

    def _picture_height(self, row: range) -> int:
        pairs = (zip(self._cells[index].pictures, self._factors, strict=True) for index in row)
        return max(factor * picture.size[0] for pair in pairs for picture, factor in pair)

    def _note_height(self, row: range) -> int:
        return max(note.height for index in row for note in self._notes[index])

    def _row_height(self, row: range) -> int:
        captions = max(self._captions[index].height for index in row)
        return 2 * PADDING + self._picture_height(row) + self._note_height(row) + captions

    def _box(self, index: int, corner: tuple[int, int]) -> Box:
        row, column = divmod(index, self.columns)
        left, top = corner[0] + column * (self._cell_width + GAP), corner[1] + self._tops[row]
        return left, top, left + self._cell_width, top + self._row_height(self._row_of(index))

    def _draw_text(self, canvas: Any, index: int, left: int, top: int) -> None:
        self._captions[index].draw(canvas, left, top + self._note_height(self._row_of(index)))
        for note, slot in zip(self._notes[index], self._slots, strict=True):
            note.draw(canvas, left, top)
            left += slot + BETWEEN
