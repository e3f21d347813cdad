"""The legend of plots."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def legend(entries: Sequence[tuple[str, str, bool]]) -> Markup:
    """Return a legend for one or several plots.

    Args:
        entries: the name, the color and whether the line is dashed, for each curve.

    Example:
        >>> legend([("training", "gray", True)])
        '<ul class="legend"><li><span class="swatch dashed" style="--color:gray"></span>training</li></ul>'
    """
    items = [element("li", swatch(color, is_dashed), name) for name, color, is_dashed in entries]
    return element("ul", *items, class_="legend")


def swatch(color: str, is_dashed: bool = False) -> Markup:
    """Return a short line in the color of a curve."""
    return element("span", class_="swatch dashed" if is_dashed else "swatch", style=f"--color:{color}")
