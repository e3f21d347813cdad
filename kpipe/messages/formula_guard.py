"""Rows of a CSV file that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


class FormulaGuard:
    """Writes rows of CSV, puts an apostrophe before each text cell that begins as a formula does, and counts them.

    A cell begins so with `=`, `+`, `-`, `@`, a tab or a carriage return; numbers such as `-1.5` stay as they are
    (OWASP, "CSV Injection").

    Attributes:
        count: cells with an apostrophe so far.

    Example:
        >>> guard = FormulaGuard()
        >>> guard.line(["=1+1", "-1.5", "a=b", -2]), guard.count
        ("'=1+1,-1.5,a=b,-2", 1)
    """

    def __init__(self) -> None:
        self.count = 0

    def line(self, cells: Iterable[Any]) -> str:
        """A row or header of a CSV file, without the end of its line; None is an empty cell."""
        text = io.StringIO(newline="")
        # The writer quotes cells with a character of its line's end; a lone carriage return ends lines for readers too.
        csv.writer(text, lineterminator="\r\n").writerow([self._cell(cell) for cell in cells])
        return text.getvalue().removesuffix("\r\n")

    def notice(self, file: str) -> str | None:
        """What to report about a file; None if all of its cells are as they were.

        Args:
            file: its name.
        """
        if not self.count:
            return None
        cells, has = ("1 cell begins", "has") if self.count == 1 else (f"{self.count:,} cells begin", "have")
        return f"{file}: {cells} as a formula does (=, +, -, @, tab, CR) and {has} an apostrophe in front"

    def _cell(self, cell: Any) -> Any:
        if not isinstance(cell, str) or not cell.startswith(_STARTS) or _NUMBER.fullmatch(cell):
            return cell
        self.count += 1
        return f"'{cell}"


def without_apostrophe(cell: str) -> str:
    """A text cell as it was before `FormulaGuard`.

    Example:
        >>> without_apostrophe("'=1+1"), without_apostrophe("'tis")
        ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_STARTS) else cell
