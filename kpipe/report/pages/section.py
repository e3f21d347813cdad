"""A section of a page."""

from __future__ import annotations

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def section(title: str, *content: str, note: str = "") -> Markup:
    """Return a part of a page with a heading.

    Args:
        title: the heading.
        content: what follows.
        note: a line in small print below the heading; none by default.

    Example:
        >>> section("Metrics", element("p", "none"))
        '<section><h2>Metrics</h2><p>none</p></section>'
    """
    small = [element("p", note, class_="note")] if note else []
    return element("section", element("h2", title), *small, *content)
