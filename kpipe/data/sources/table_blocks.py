"""The rows of a CSV or Parquet file as Arrow tables of limited size."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

#: Bytes of a block, unless the reader returns larger pieces, and rows of a piece of a Parquet file.
BLOCK_BYTES, _PIECE_ROWS = 1 << 22, 1 << 13


def table_blocks(path: Path, delimiter: str | None, columns: Sequence[str] | None = None) -> Generator[Any]:
    r"""Yield the rows of a file as `pyarrow.Table`s; the first one is empty and has the columns only.

    The columns of a CSV file are strings, and empty lines are skipped. Dictionaries, long strings and columns without
    values of a Parquet file become plain strings.

    Args:
        path: the file.
        delimiter: the separator of a CSV file; None for a Parquet file.
        columns: the columns to read; by default all. Their names must not be duplicates.

    Raises:
        pyarrow.ArrowInvalid: the file is damaged.
        OSError: the file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("area,kind\n3.5,flat\n")
        >>> [block.to_pylist() for block in table_blocks(path, ",", ["area"])]
        [[], [{'area': '3.5'}]]
    """
    with path.open("rb"), _native(path) as file:
        pieces = _parquet(file, columns) if delimiter is None else _csv(path, file, delimiter, columns)
        with closing(pieces):
            schema = next(pieces)
            yield schema.empty_table()
            yield from _joined(pieces, schema)


def _native(path: Path) -> Any:
    """Return a file that Arrow reads without Python.

    Its threads read ahead. One that waits for the interpreter to read a Python file while the process exits aborts the
    process.
    """
    import pyarrow as pa

    return pa.OSFile(os.fsencode(path))


def _joined(pieces: Iterator[Any], schema: Any) -> Iterator[Any]:
    import pyarrow as pa

    batches, size = [], 0
    for batch in pieces:
        batches.append(batch)
        size += batch.nbytes
        if size >= BLOCK_BYTES:
            yield pa.Table.from_batches(batches, schema)
            batches, size = [], 0
    if batches:
        yield pa.Table.from_batches(batches, schema)


def _csv(path: Path, file: Any, delimiter: str, columns: Sequence[str] | None) -> Generator[Any]:
    """Yield the schema and the batches of a CSV file."""
    import pyarrow as pa
    import pyarrow.csv

    parse = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    with _native(path) as header, pyarrow.csv.open_csv(header, parse_options=parse) as reader:
        names = reader.schema.names
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=False,
        null_values=[],
        include_columns=columns,
    )
    with pyarrow.csv.open_csv(file, parse_options=parse, convert_options=convert) as reader:
        yield reader.schema
        yield from reader


def _parquet(file: Any, columns: Sequence[str] | None) -> Generator[Any]:
    """Yield the schema and the batches of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet

    # The message about a damaged file says what it is.
    pyarrow.parquet.ParquetDataset(file)
    file.seek(0)
    stored = pyarrow.parquet.ParquetFile(file)
    names = stored.schema_arrow.names if columns is None else list(columns)
    # A name selects all columns that begin with it and a point, too.
    positions = None if columns is None else [stored.schema_arrow.names.index(name) for name in names]
    fields = [stored.schema_arrow.field(place) for place in (range(len(names)) if positions is None else positions)]
    schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in fields])
    yield schema
    for batch in stored.iter_batches(_PIECE_ROWS, columns=columns):
        arrays = batch.columns if columns is None else [batch.column(name) for name in names]
        kinds = zip(arrays, schema.types, strict=True)
        yield pa.record_batch([array.cast(kind) for array, kind in kinds], schema=schema)


def _plain(stored: Any) -> Any:
    import pyarrow as pa

    kind = stored.value_type if pa.types.is_dictionary(stored) else stored
    are_strings = pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind)
    return pa.string() if are_strings else kind
