"""The fonts, colors and distances of a sheet."""

from __future__ import annotations

from kpipe.report.sheets.sheet_font import SheetFont

PAPER, CARD, EDGE = "#f4f4f1", "#ffffff", "#dcdcd6"
INK, GREY = "#1d1d1b", "#6d6d66"

TITLE, HEADING, PLAIN, SMALL = SheetFont(20, bold=True), SheetFont(14, bold=True), SheetFont(14), SheetFont(12)

#: The space between two lines.
LEADING = 6

#: The margin of the sheet, the gap between cells, the padding inside of them, and the gap between their pictures.
MARGIN, GAP, PADDING, BETWEEN = 28, 14, 14, 12
