"""A confusion matrix as a table."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def confusion_table(classes: Sequence[str], matrix: Sequence[Sequence[int]]) -> Markup:
    """Return a confusion matrix whose cells are shaded by their share of the true class.

    Args:
        classes: the names of the classes.
        matrix: the number of samples of each true class (row) for each predicted class (column).

    Example:
        >>> text = confusion_table(["no", "yes"], [[3, 1], [0, 4]])
        >>> '<td class="right" style="--share:75%" title="true no, predicted no: 3 of 4">3</td>' in text
        True
    """
    corner = element("th", "true \\ predicted", scope="col", class_="corner")
    columns = [element("th", element("span", name), scope="col", title=name) for name in classes]
    rows = []
    for index, (name, counts) in enumerate(zip(classes, matrix, strict=True)):
        total = sum(counts)
        cells = [
            element(
                "td", f"{count:,}",
                class_=None if not count else "right" if index == column else "wrong",
                style=f"--share:{100 * count / total:.0f}%" if count else None,
                title=f"true {name}, predicted {classes[column]}: {count:,} of {total:,}",
            )
            for column, count in enumerate(counts)
        ]  # fmt: skip
        rows.append(element("tr", element("th", name, scope="row", title=name), *cells))
    head, body = element("thead", element("tr", corner, *columns)), element("tbody", *rows)
    return element("div", element("table", head, body, class_="confusion"), class_="scrolling")
