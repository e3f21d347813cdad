"""The names of the columns of a table, from its first rows."""

from __future__ import annotations

import csv
import re
from itertools import islice
from pathlib import Path

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.cell_numbers import NUMBER
from kpipe.data.sources.table_file import PARQUET
from kpipe.regular_file import irregular

#: Rows that are read to determine which columns contain numbers.
_ROWS = 100


def column_names(path: Path, form: CsvFormat) -> list[str] | None:
    r"""Return the names of the columns of a CSV or Parquet file; None if they cannot be read.

    Args:
        path: the file.
        form: the separator of a CSV file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("area,kind\n3.5,flat\n")
        >>> column_names(path, CsvFormat())
        ['area', 'kind']
    """
    # What is wrong with the file is reported when it is opened.
    if irregular(path):
        return None
    if path.suffix.lower() in PARQUET:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return list(pq.read_schema(path).names)
        except (OSError, pa.ArrowException):
            return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=form.delimiter(path)), None)
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    # A single column is probably a file with another separator.
    return names if names is not None and len(names) > 1 else None


def number_columns(path: Path, form: CsvFormat) -> set[str]:
    r"""Return the columns whose first values are numbers, in at least half of the rows; none if they cannot be read.

    Args:
        path: a CSV or Parquet file.
        form: the separator and the decimal sign of a CSV file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("area,kind\n3.5,flat\n")
        >>> number_columns(path, CsvFormat())
        {'area'}
    """
    if irregular(path):
        return set()
    if path.suffix.lower() in PARQUET:
        import pyarrow as pa
        import pyarrow.parquet as pq
        import pyarrow.types as types

        try:
            schema = pq.read_schema(path)
        except (OSError, pa.ArrowException):
            return set()
        return {field.name for field in schema if types.is_integer(field.type) or types.is_floating(field.type)}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names, *rows = islice(csv.reader(file, delimiter=form.delimiter(path)), _ROWS + 1)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError):
        return set()
    number = re.compile(NUMBER[form.decimal_sign])
    are_numbers = [[number.match(cell.strip()) is not None for cell in row] for row in rows if len(row) == len(names)]
    return {
        name for name, found in zip(names, zip(*are_numbers, strict=True), strict=False) if 2 * sum(found) >= len(found)
    }
