"""Tables as HTML, for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence


def html_table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML without scripts and style sheets.

    Args:
        caption: the text above the table.
        header: a title for each column; none if it is empty.
        rows: the cells; those of the first column are names.

    Example:
        >>> html_table("digits", [], [["loss", "0.1"]])
        '<table><caption>digits</caption><tbody><tr><th>loss</th><td>0.1</td></tr></tbody></table>'
    """
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in header)
    head = f"<thead><tr>{titles}</tr></thead>" if header else ""
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def _cells(row: Sequence[str]) -> str:
    name, *values = map(html.escape, row)
    return f"<th>{name}</th>" + "".join(f"<td>{value}</td>" for value in values)
