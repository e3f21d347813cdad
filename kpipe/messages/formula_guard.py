"""Protection of CSV files against formula injection."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


class FormulaGuard:
    """Format rows of CSV with an apostrophe before each string that a spreadsheet would evaluate as a formula.

    Such strings begin with `=`, `+`, `-`, `@`, a tab or a carriage return; numbers such as `-1.5` do not change
    (OWASP, "CSV Injection").

    Attributes:
        count: number of cells with an apostrophe.

    Example:
        >>> guard = FormulaGuard()
        >>> guard.line(["=1+1", "-1.5", "a=b", -2]), guard.count
        ("'=1+1,-1.5,a=b,-2", 1)
    """

    def __init__(self) -> None:
        self.count = 0

    def line(self, cells: Iterable[Any]) -> str:
        """Return a row or header of a CSV file without a line break; None is an empty cell."""
        text = io.StringIO(newline="")
        # With this terminator the writer also quotes cells with a carriage return, at which readers end lines.
        csv.writer(text, lineterminator="\r\n").writerow([self._cell(cell) for cell in cells])
        return text.getvalue().removesuffix("\r\n")

    def notice(self, file: str) -> str | None:
        """Return the message about a file; None if no cell was changed.

        Args:
            file: name of the file.
        """
        if not self.count:
            return None
        cells = "1 cell begins" if self.count == 1 else f"{self.count:,} cells begin"
        return f"{file}: {cells} like a formula (=, +, -, @, tab, CR); added an apostrophe in front"

    def _cell(self, cell: Any) -> Any:
        if not isinstance(cell, str) or not cell.startswith(_STARTS) or _NUMBER.fullmatch(cell):
            return cell
        self.count += 1
        return f"'{cell}"


def without_apostrophe(cell: str) -> str:
    """Return a cell without the apostrophe of `FormulaGuard`.

    Example:
        >>> without_apostrophe("'=1+1"), without_apostrophe("'tis")
        ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_STARTS) else cell
