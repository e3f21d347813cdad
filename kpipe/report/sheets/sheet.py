"""Sheets of pictures with captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kpipe.report.sheets.cell import Cell
from kpipe.report.sheets.cell_grid import Box, CellGrid
from kpipe.report.sheets.styles import EDGE, GAP, GREY, INK, LEADING, MARGIN, PAPER, PLAIN, TITLE
from kpipe.report.sheets.text_block import TextBlock

if TYPE_CHECKING:
    import PIL.Image

Color = tuple[int, int, int]

#: The least width, so that a title has a usual length.
_NARROWEST = 720


@dataclass(frozen=True)
class Sheet:
    """A grid of cells below a title.

    Args:
        title: the first line.
        cells: the cells, at least one, in rows.
        notes: lines below the title.
        legend: colors with their meaning; None for a text without a color.

    Example:
        >>> import numpy as np
        >>> from kpipe.report.sheets.picture import Picture
        >>> sheet = Sheet("digits", [Cell([Picture(np.full((8, 8, 3), 128, np.uint8))], "seven")])
        >>> sheet.image().crop(sheet.pictures(0)[0]).getcolors()
        [(36864, (128, 128, 128))]
    """

    title: str
    cells: Sequence[Cell]
    notes: Sequence[str] = ()
    legend: Sequence[tuple[Color | None, str]] = ()

    def image(self) -> PIL.Image.Image:
        """Return the sheet as a `PIL.Image.Image`, which notebooks display."""
        from PIL import Image, ImageDraw

        _, grid_top = self._corner
        image = Image.new("RGB", (self._width, grid_top + self._grid.height + MARGIN), PAPER)
        canvas = ImageDraw.Draw(image)
        self._header.draw(canvas, MARGIN, MARGIN)
        for left, top, color, name in self._legend:
            if color is not None:
                canvas.rectangle((left, top, left + PLAIN.size, top + PLAIN.size), color, EDGE)
            PLAIN.draw(canvas, left + PLAIN.size + LEADING, top + PLAIN.size - 1, name, INK)
        self._grid.draw(image, canvas, self._corner)
        return image

    def pictures(self, index: int) -> list[Box]:
        """Return where the pictures of a cell are in the image: left, top, right and bottom, in pixels.

        Args:
            index: the index of the cell.
        """
        return self._grid.pictures(index, self._corner)

    @cached_property
    def _grid(self) -> CellGrid:
        return CellGrid(self.cells)

    @property
    def _width(self) -> int:
        return max(self._grid.width, _NARROWEST) + 2 * MARGIN

    @cached_property
    def _header(self) -> TextBlock:
        width = self._width - 2 * MARGIN
        lines = [(TITLE, line, INK) for line in TITLE.lines(self.title, width, 2)]
        return TextBlock(lines + [(PLAIN, line, GREY) for note in self.notes for line in PLAIN.lines(note, width, 4)])

    @cached_property
    def _legend(self) -> list[tuple[int, int, Color | None, str]]:
        """The left and upper ends of the entries of the legend, with their colors and names."""
        found: list[tuple[int, int, Color | None, str]] = []
        left, top = MARGIN, MARGIN + self._header.height + LEADING
        for color, text in self.legend:
            name = PLAIN.fitted(text, (self._width - 2 * MARGIN) // 3)
            width = round(PLAIN.size + LEADING + PLAIN.width(name) + MARGIN)
            if left + width > self._width and left > MARGIN:
                left, top = MARGIN, top + PLAIN.size + LEADING
            found.append((left, top, color, name))
            left += width
        return found

    @property
    def _corner(self) -> tuple[int, int]:
        """The left and upper end of the grid."""
        header = MARGIN + self._header.height
        return MARGIN, (self._legend[-1][1] + PLAIN.size if self._legend else header) + GAP
