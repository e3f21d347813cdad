"""Lines of text in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.report.sheets.sheet_font import SheetFont
from kpipe.report.sheets.styles import LEADING


@dataclass(frozen=True)
class TextBlock:
    """Lines of text, one below the other.

    Args:
        lines: each with its font and its color.

    Example:
        >>> TextBlock([(SheetFont(14), "one", "#000000"), (SheetFont(12), "two", "#000000")]).height
        38
    """

    lines: Sequence[tuple[SheetFont, str, str]]

    @property
    def height(self) -> int:
        """The height in pixels, with the space below each line."""
        return sum(font.size + LEADING for font, _, _ in self.lines)

    def draw(self, canvas: Any, left: int, top: int) -> None:
        """Draw the lines.

        Args:
            canvas: a `PIL.ImageDraw.ImageDraw`.
            left: the left end of the lines.
            top: the top of the first line.
        """
        for font, text, color in self.lines:
            font.draw(canvas, left, top + font.size, text, color)
            top += font.size + LEADING
