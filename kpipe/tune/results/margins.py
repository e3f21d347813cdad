"""The margins of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: The mean width of a character of tick labels, in inches.
_CHARACTER = 0.085


def set_margins(figure: Any, *, left: float, right: float, top: float, bottom: float, **spacing: float) -> None:
    """Set the margins around the panels of a figure; a layout engine would take most of the time of drawing.

    Args:
        figure: a figure of Matplotlib.
        left: the margin on the left in inches.
        right: that on the right.
        top: that at the top.
        bottom: that at the bottom.
        spacing: `wspace` and `hspace`, as for `subplots_adjust`.

    Example:
        >>> from matplotlib.figure import Figure
        >>> figure = Figure(figsize=(4, 2))
        >>> axes = figure.subplots()
        >>> set_margins(figure, left=1, right=0.5, top=0.5, bottom=0.5)
        >>> [round(float(edge), 3) for edge in axes.get_position().extents]
        [0.25, 0.25, 0.875, 0.75]
    """
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height, **spacing
    )


def text_width(texts: Iterable[str]) -> float:
    """Return the approximate width of the longest of several tick labels, in inches.

    Example:
        >>> text_width(["SGD", "RMSprop"]) > 2 * text_width(["SGD"])
        True
    """
    return _CHARACTER * max(map(len, texts), default=0)
