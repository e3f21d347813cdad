"""Tables of a page, which the reader can sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpipe.messages.metrics_text import number
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup

#: What a cell can contain: text, a number, text with the number by which it is sorted, or None for a missing value.
Cell = str | float | int | tuple[str, float] | None

#: The length from which the whole text of a cell is shown under the pointer.
_LONG = 40


def data_table(
    header: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    attributes: Sequence[Mapping[str, str | int]] = (),
) -> Markup:
    """Return a table, which scrolls by itself if it is wider than the page.

    A click on a title sorts the rows. Floats have four digits, and their exact values are shown under the pointer.

    Args:
        header: a title for each column.
        rows: the cells; those of the first column are names.
        attributes: further attributes of each row; none by default.

    Example:
        >>> text = data_table(["run", "loss"], [["a", 0.25]])
        >>> '<td data-value="0.25" title="0.25" class="number">0.2500</td>' in text
        True
    """
    is_number = [
        all(isinstance(row[index], float | int | tuple | None) for row in rows)
        and any(row[index] is not None for row in rows)
        for index in range(len(header))
    ]
    titles = [
        element("th", title, scope="col", class_="number" if numeric else None)
        for title, numeric in zip(header, is_number, strict=True)
    ]
    extra = attributes or [{}] * len(rows)
    body = [element("tr", *_cells(row, is_number), **own) for row, own in zip(rows, extra, strict=True)]
    table = element("table", element("thead", element("tr", *titles)), element("tbody", *body), class_="data")
    return element("div", table, class_="scrolling")


def _cells(row: Sequence[Cell], is_number: Sequence[bool]) -> list[Markup]:
    first, *others = row
    cells = [element("th", _text(first), scope="row", data_value=_value(first), title=_whole(first))]
    for cell, numeric in zip(others, is_number[1:], strict=True):
        kind = "number" if numeric else None
        cells.append(element("td", _text(cell), data_value=_value(cell), title=_whole(cell), class_=kind))
    return cells


def _whole(cell: Cell) -> str | None:
    """Return what is shown under the pointer: the exact value of a float, and long text, which the cell may cut off."""
    if isinstance(cell, float):
        return repr(cell)
    return cell if isinstance(cell, str) and not isinstance(cell, Markup) and len(cell) > _LONG else None


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, tuple):
        return cell[0]
    if isinstance(cell, float):
        return number(cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def _value(cell: Cell) -> str | None:
    """Return what a numeric cell is sorted by."""
    if isinstance(cell, tuple):
        return repr(cell[1])
    return None if cell is None or isinstance(cell, str) else repr(cell)
