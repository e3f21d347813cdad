"""The names of the columns of a table, without its rows."""

from __future__ import annotations

import csv
from pathlib import Path

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.table_file import PARQUET
from kpipe.regular_file import irregular


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
