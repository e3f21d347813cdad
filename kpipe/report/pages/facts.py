"""A list of names with values."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def facts(values: Mapping[str, str]) -> Markup:
    """Return a list of names with values.

    Args:
        values: the values by name.

    Example:
        >>> facts({"epochs": "3"})
        '<dl class="facts"><div><dt>epochs</dt><dd>3</dd></div></dl>'
    """
    entries = [element("div", element("dt", name), element("dd", value)) for name, value in values.items()]
    return element("dl", *entries, class_="facts")
