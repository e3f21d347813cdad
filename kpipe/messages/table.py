"""Tables of text in aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kpipe.messages.escaped import escaped

#: The separator of columns.
GAP = "  "


def table(header: Sequence[str], rows: Sequence[Sequence[str]], longest: int = 32) -> list[str]:
    """Return a table as lines, with columns of numbers aligned to the right.

    Args:
        header: a title for each column.
        rows: the cells; those of the first column are names.
        longest: maximum length of a cell, default 32; longer cells are shortened with an ellipsis.

    Example:
        >>> table(["", "test"], [["loss", "0.1"]])
        ['      test', 'loss   0.1']
    """
    cells = [[_shortened(escaped(cell), longest) for cell in row] for row in [header, *rows]]
    numeric = [index for index in range(1, len(header)) if all(_is_number(row[index]) for row in rows)]
    return aligned(cells, numeric)


def aligned(
    rows: Iterable[Sequence[str]], right: Collection[int] = (), widths: Sequence[int] | None = None
) -> list[str]:
    """Return rows of cells as lines of aligned columns.

    Args:
        rows: the cells; all rows have the same number.
        right: indices of columns that are aligned to the right.
        widths: widths of the columns, by default those of their longest cells.

    Example:
        >>> aligned([["loss", "9"], ["f1", "10"]], right=[1])
        ['loss   9', 'f1    10']
    """
    cells, right = list(rows), set(right)
    widths = column_widths(cells) if widths is None else widths
    return [
        GAP.join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def column_widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the length of the longest cell of each column.

    Example:
        >>> column_widths([["loss", "9"], ["f1", "10"]])
        [4, 2]
    """
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True
