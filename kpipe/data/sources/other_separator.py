"""Detection of the separator of a CSV file that does not have the expected one."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from kpipe.data.csv_format import CsvFormat

_CANDIDATES = (",", ";", "\t", "|")
#: The beginning of a file that is inspected: bytes and records.
_MAX_BYTES, _MAX_RECORDS = 1 << 16, 100

_NUMBER = {sign: re.compile(rf"\s*[+-]?[0-9]*{re.escape(sign)}[0-9]+\s*") for sign in ".,"}


def other_separator(path: Path, delimiter: str, decimal: str) -> CsvFormat | None:
    r"""Return the format of a CSV file whose values another character separates than expected; else None.

    Only the beginning of the file is inspected. With the expected separator, it has a single column or records of
    different lengths; with the other one, all records have the same length of at least 2.

    Args:
        path: a file in UTF-8.
        delimiter: the expected separator.
        decimal: the expected decimal sign, which is returned unless the numbers of the file have another one.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("x;y\n0,5;0\n")
        >>> other_separator(path, ",", ".")
        CsvFormat(separator=';', decimal=',')
    """
    lines = _first_lines(path)
    records = {candidate: _records(lines, candidate) for candidate in (delimiter, *_CANDIDATES)}
    if _width(records[delimiter]) > 1:
        return None
    widths = {candidate: _width(records[candidate]) for candidate in _CANDIDATES}
    found = max(widths, key=lambda candidate: widths[candidate])
    if widths[found] < 2:
        header = records[delimiter][:1]
        found = next((sign for sign in ";\t" if header and len(header[0]) == 1 and sign in header[0][0]), "")
        if not found or found == delimiter:
            return None
    return CsvFormat(found, _decimal(records[found][1:], found, decimal))


def _first_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES)
        is_whole = not file.read(1)
    lines = content.decode("utf-8-sig", "replace").splitlines(keepends=True)
    return lines if is_whole else lines[:-1]


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    records = []
    try:
        for record in csv.reader(lines, delimiter=delimiter):
            if record:
                records.append(record)
            if len(records) == _MAX_RECORDS:
                break
    except csv.Error:
        return []
    return records


def _width(records: Sequence[Sequence[str]]) -> int:
    """Return the length of all records, or 0 if they differ."""
    widths = {len(record) for record in records}
    return widths.pop() if len(widths) == 1 else 0


def _decimal(rows: Sequence[Sequence[str]], separator: str, expected: str) -> str:
    counts = {
        sign: sum(pattern.fullmatch(cell) is not None for row in rows for cell in row)
        for sign, pattern in _NUMBER.items()
        if sign != separator
    }
    return max(counts, key=lambda sign: (counts[sign], sign == expected))
