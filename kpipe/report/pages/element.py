"""Elements of HTML and SVG."""

from __future__ import annotations

from kpipe.report.pages.markup import Markup

#: Elements of HTML that have no end tag.
_EMPTY = frozenset({"br", "img", "input", "link", "meta"})


def element(tag: str, *children: str, **attributes: str | float | bool | None) -> Markup:
    """Return an element, in which everything except `Markup` is escaped.

    Args:
        tag: its name.
        children: its content.
        attributes: its attributes; an underscore is a hyphen, except at the end, where it is removed (`class_`). True
            is an attribute without a value, and False and None omit it.

    Example:
        >>> element("td", "a < b", class_="name", data_run=3, hidden=False)
        '<td class="name" data-run="3">a &lt; b</td>'
        >>> element("p", element("br"), "x")
        '<p><br>x</p>'
    """
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    if tag in _EMPTY:
        return Markup(opening)
    return Markup(f"{opening}{Markup.join_all(children)}</{tag}>")


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{Markup.of(str(value))}"'
