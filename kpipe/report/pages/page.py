"""A whole page."""

from __future__ import annotations

from pathlib import Path

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup

#: The browser loads nothing from elsewhere, whatever the page contains.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(title: str, *content: str, subtitle: str = "") -> str:
    """Return an HTML document that needs no other file: it contains its style and its script.

    It follows the light or dark mode of the system, and everything is readable without the script, which sorts tables
    and shows values under the pointer.

    Args:
        title: the title of the document and of the page.
        content: the parts of the page, usually from `section`.
        subtitle: a line below the title; none by default.

    Example:
        >>> text = page("runs <1>", element("p", "2 runs"))
        >>> "<h1>runs &lt;1&gt;</h1>" in text, "<p>2 runs</p>" in text, text.startswith("<!DOCTYPE html>")
        (True, True, True)
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", _part("style.css")),
    )
    header = element("header", element("h1", title), *([element("p", subtitle)] if subtitle else []))
    body = element("body", header, element("main", *content), element("script", _part("script.js")))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _part(name: str) -> Markup:
    return Markup(f"\n{Path(__file__).with_name(name).read_text(encoding='utf-8')}")
