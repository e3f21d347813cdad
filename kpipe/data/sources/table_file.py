"""Columns of a CSV or Parquet file, with line numbers of rows for messages."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import CsvFormat, named
from kpipe.data.encoding.cell_value import boolean
from kpipe.data.images.image_file import printable
from kpipe.data.sources.cell_numbers import NUMBER, Numbers, cell_numbers
from kpipe.data.sources.column_cells import ColumnCells
from kpipe.data.sources.number_blocks import NumberBlocks
from kpipe.data.sources.other_separator import other_separator
from kpipe.data.sources.separator_error import SeparatorError
from kpipe.data.sources.table_blocks import table_blocks
from kpipe.errors import DataError
from kpipe.regular_file import irregular

PARQUET = frozenset({".parquet", ".pq"})
TEXT = frozenset({".csv", ".tsv", ".txt"})

NAME_COLUMNS = "add a first line with the names of the columns"

_MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-")


class TableFile:
    r"""The columns of a CSV or Parquet file; all columns of a CSV file are strings.

    Of columns of numbers, only the numbers are kept, and the text of cells that are none, so that a table needs little
    more memory than its numbers. The text of the others is read from the file again if it is needed.

    A CSV file is UTF-8 (a byte order mark is skipped) with a header line. Values may be quoted with double quotes.
    Empty lines are skipped. The separator and the decimal sign do not depend on the locale. A pickled copy, as a data
    process receives it, has only the names of the rows.

    Args:
        path: a `.csv`, `.tsv`, `.txt`, `.parquet` or `.pq` file.
        form: the separator and the decimal sign of a CSV file; by default commas (tabs in a `.tsv` file) and points.
        texts: columns whose text is needed although they may contain numbers, such as classes; it is kept. Default
            none.

    Raises:
        SeparatorError: the values of a CSV file are separated by another character.
        DataError: the file is missing, empty, unreadable or not UTF-8, it has no rows, a duplicate column name, or a
            row whose length differs from that of the header.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("area,kind\n3.5,flat\n")
        >>> TableFile(path).numbers("area").tolist()
        [3.5]
    """

    def __init__(self, path: Path, form: CsvFormat | None = None, texts: Collection[str] = ()) -> None:
        self.path = path
        self.is_parquet = path.suffix.lower() in PARQUET
        if not self.is_parquet and path.suffix.lower() not in TEXT:
            endings = ", ".join(sorted(PARQUET | TEXT))
            raise DataError(f"{printable(path)}: unknown ending; expected one of {endings}, got {path.suffix!r}")
        if kind := irregular(path):
            raise DataError(f"{printable(path)} is {kind}; expected a file")
        form = form or CsvFormat()
        self.delimiter = form.delimiter(path)
        self.decimal = "." if self.is_parquet else form.decimal_sign
        self.names: list[str] = []
        self._count = 0
        self._cells: list[ColumnCells] = []
        self._numbers: NumberBlocks | None = NumberBlocks()
        self._again: dict[str, Any] = {}
        self._guarded(partial(self._open, frozenset(texts)))
        repeated = [name for name, count in Counter(self.names).items() if count > 1]
        if repeated:
            raise DataError(f"{self._line(1)}: {self._duplicate(repeated[0])}")
        if self._count == 0:
            raise DataError(f"{printable(path)} has a header but no rows")
        if len(self.names) == 1 and not self.is_parquet:
            self._check_separator()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cells": [], "_numbers": None, "_again": {}}

    def __len__(self) -> int:
        return self._count

    def is_plain(self, name: str) -> bool:
        """Return whether a column contains numbers, booleans or strings rather than dates, lists or records."""
        return self._of(name).is_plain

    def type_of(self, name: str) -> str:
        """Return the name of the type of a column, for messages."""
        return str(self._of(name).kind)

    def release(self) -> None:
        """Free the memory of the values; only the names of rows and columns remain."""
        import pyarrow as pa

        self._cells, self._numbers, self._again = [], None, {}
        pa.default_memory_pool().release_unused()

    def numbers(self, name: str) -> Numbers:
        """Return a column as numbers, with NaN for values that are missing or not finite numbers."""
        if self._numbers is not None:
            return self._numbers.column(self.names.index(name))
        return cell_numbers(self._column(name), self.decimal)

    def take_numbers(self, names: Sequence[str], rows: npt.NDArray[np.int64]) -> Iterator[Numbers]:
        """Yield some rows of some columns as `numbers` returns them, in matrices (rows, columns).

        The memory of all numbers is freed meanwhile. What is requested afterwards is read from the file again.

        Args:
            names: the names of the columns.
            rows: the numbers of the rows, ascending.
        """
        blocks, self._numbers = self._numbers, None
        if blocks is None:
            yield np.stack([self.numbers(name)[rows] for name in names], axis=1)
        else:
            yield from blocks.take([self.names.index(name) for name in names], rows)

    def strings(self, name: str, *, verbatim: bool = False) -> npt.NDArray[np.object_]:
        """Return a column as strings, with None for missing values (null, empty, or only spaces).

        In a column of booleans, strings such as `NA` are missing values too; in other columns they may be names.

        Args:
            name: the column.
            verbatim: whether numbers with a decimal comma are returned as they are written; by default they have a
                decimal point, so that categories and classes can be compared as values.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if pa.types.is_floating(column.type):
            kind = column.type.to_pandas_dtype()
            wide = column.cast(pa.float64())
            return _by_code(wide, lambda values: [None if np.isnan(v) else _float_text(kind(v)) for v in values])
        text = column.cast(pa.string())
        trimmed = pc.utf8_trim_whitespace(text)
        if self.decimal != "." and not verbatim:
            is_number = pc.match_substring_regex(trimmed, NUMBER[self.decimal])
            text = pc.if_else(is_number, pc.replace_substring(text, self.decimal, "."), text)
        empty = pc.equal(trimmed, "")
        return _by_code(pc.if_else(empty, pa.scalar(None, pa.string()), text), _without_missing_booleans)

    def looks_numeric(self, name: str) -> bool:
        """Return whether at least half of the values are finite numbers, not counting values such as `NA`."""
        import pyarrow as pa

        kind = self._of(name).kind
        if not pa.types.is_string(kind):
            return self.is_plain(name) and not pa.types.is_boolean(kind)
        return 0 < self.num_present(name) <= 2 * self.num_finite(name)

    def has_names(self, name: str) -> bool:
        """Return whether a column contains strings other than numbers, infinities and values such as `NA`."""
        import pyarrow.compute as pc
        import pyarrow.types as types

        if not types.is_string(self._of(name).kind):
            return False
        text = pc.utf8_lower(pc.utf8_trim_whitespace(self._of(name).others()))
        infinities = pc.sum(pc.match_substring_regex(text, r"^[+-]?inf(inity)?$")).as_py() or 0
        return bool(self.num_finite(name) + infinities < self.num_present(name))

    def num_finite(self, name: str) -> int:
        """Return how many values of a column are finite numbers."""
        return self._of(name).num_finite

    def rounded_integer(self, name: str) -> str | None:
        """Return the first integer of a column that float64 does not represent exactly; None if there is none."""
        return self._of(name).rounded_integer

    @cached_property
    def lacks_header(self) -> bool:
        """Whether the first line of a CSV file looks like data, since all of its values are numbers."""
        return not self.is_parquet and all(re.match(NUMBER[self.decimal], name.strip()) for name in self.names)

    def num_present(self, name: str) -> int:
        """Return how many values of a column of strings are not missing, as an empty value or `NA` is."""
        return len(self) - int(self.other_missing(name).sum())

    def missing(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which values of a column are missing as numbers: null, NaN, or a string that is empty or like `NA`."""
        return self._everywhere(name, self.other_missing(name))

    def other_rows(self, name: str) -> npt.NDArray[np.int64]:
        """Return the numbers of the rows, ascending, whose values in a column are not finite numbers."""
        return self._of(name).other_rows()

    def other_values(self, name: str) -> list[str]:
        """Return the values of `other_rows` as `value` does."""
        return [_text(value) for value in self._of(name).others().to_pylist()]

    def other_missing(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which values of `other_rows` are missing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = self._of(name).others()
        if pa.types.is_string(cells.type):
            text = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
            found = pc.fill_null(pc.is_in(text, pa.array(_MISSING, cells.type)), True)
        else:
            found = pc.is_null(cells, nan_is_null=True)
        return np.array(found.to_numpy(), bool)

    def has_text(self, name: str, rows: npt.NDArray[np.int64]) -> bool:
        """Return whether any of some rows has a string in a column that is neither a number nor a missing value."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = self._of(name).others()
        if not pa.types.is_string(cells.type) or not len(rows):
            return False
        text = pc.utf8_trim_whitespace(cells.filter(pa.array(np.isin(self.other_rows(name), rows))))
        missing = pc.is_in(pc.utf8_lower(text), pa.array(_MISSING, cells.type))
        known = pc.or_(missing, pc.match_substring_regex(text, NUMBER[self.decimal]))
        return not pc.all(pc.fill_null(known, True), min_count=0).as_py()

    def matches(self, name: str, pattern: str) -> npt.NDArray[np.bool_]:
        """Return which values match a regular expression (RE2) without surrounding spaces, except finite numbers.

        Columns that do not contain strings have none.
        """
        import pyarrow.compute as pc
        import pyarrow.types as types

        cells = self._of(name).others()
        if not types.is_string(cells.type):
            return np.zeros(len(self), bool)
        found = pc.match_substring_regex(pc.utf8_trim_whitespace(cells), pattern)
        return self._everywhere(name, np.array(pc.fill_null(found, False).to_numpy(), bool))

    def _everywhere(self, name: str, others: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return what is true of some of the `other_rows` for all rows."""
        found = np.zeros(len(self), bool)
        found[self.other_rows(name)] = others
        return found

    def value(self, name: str, row: int) -> str:
        """Return a value as it is written in the file, for messages; an empty string if it is missing."""
        others = self.other_rows(name)
        place = int(np.searchsorted(others, row))
        if place < len(others) and others[place] == row:
            return _text(self._of(name).others()[place].as_py())
        return _text(self._column(name)[row].as_py())

    def row_name(self, row: int) -> str:
        """Return `file:line` for a row of a CSV file, `file:row N` for a row of a Parquet file, both from 1."""
        if self.is_parquet or len(self._lines) != len(self):
            return f"{self.path}:row {row + 1}"
        return f"{self.path}:{int(self._lines[row])}"

    def _of(self, name: str) -> ColumnCells:
        return self._cells[self.names.index(name)]

    def _column(self, name: str) -> Any:
        """Return all cells of a column, which are read from the file again if they are not kept."""
        if name in self._again:
            return self._again[name]
        cells = self._of(name).whole() if self._cells else None
        if cells is not None:
            return cells
        # Columns with few numbers are categories, whose text is needed sooner or later.
        others = [other for other in self.names if self._cells and self._is_split(other)]
        self._guarded(partial(self._read_again, list(dict.fromkeys([name, *others]))))
        return self._again[name]

    def _is_split(self, name: str) -> bool:
        cells = self._of(name)
        return cells.is_plain and not self.looks_numeric(name) and cells.whole() is None

    def _duplicate(self, name: str) -> str:
        if self.lacks_header:
            return f"the first line looks like data, and the header is missing; {NAME_COLUMNS}"
        return f"duplicate column {name!r}; rename one of them"

    def _line(self, line: int) -> str:
        return printable(self.path) if self.is_parquet else f"{printable(self.path)}:{line}"

    def _guarded(self, read: Callable[[], None]) -> None:
        """Read the file, with messages about its errors."""
        import pyarrow as pa

        try:
            if self.path.stat().st_size == 0:
                raise DataError(f"{printable(self.path)} is empty")
            read()
        except pa.ArrowInvalid as error:
            raise DataError(self._explain(error)) from None
        except OSError as error:
            raise DataError(f"{printable(self.path)} cannot be read: {error.strerror or error}") from None

    def _blocks(self, names: Sequence[str] | None = None) -> closing[Generator[Any]]:
        return closing(table_blocks(self.path, None if self.is_parquet else self.delimiter, names))

    def _open(self, texts: Collection[str]) -> None:
        """Read all columns, and keep the text of those in `texts`."""
        with self._blocks() as blocks:
            schema = next(blocks)
            self.names = list(schema.column_names)
            kinds = zip(self.names, schema.schema.types, strict=True)
            self._cells = [ColumnCells(kind, self.decimal, name in texts) for name, kind in kinds]
            for block in blocks:
                self._add(block)

    def _add(self, block: Any) -> None:
        if not block.num_rows:
            return
        found: dict[int, Numbers] = {}
        for position, cells in enumerate(self._cells):
            numbers = cells.add(_combined(block.column(position)))
            if numbers is not None:
                found[position] = numbers
        if self._numbers is not None:
            self._numbers.add(found, block.num_rows)
        self._count += block.num_rows

    def _read_again(self, names: Sequence[str]) -> None:
        import pyarrow as pa

        with self._blocks(names) as blocks:
            columns = pa.concat_tables(list(blocks))
        if columns.num_rows != self._count:
            raise DataError(
                f"{printable(self.path)} was modified while it was read; expected {self._count:,} rows, got "
                f"{columns.num_rows:,}; start again"
            )
        self._again.update({name: columns.column(name) for name in names})

    def _explain(self, error: Exception) -> str:
        """Return a message about an error of the reader, with the line of the file if it can be determined."""
        if not self.is_parquet:
            if (line := self._first_not_utf8()) is not None:
                return f"{self._line(line)}: bytes that are not UTF-8; save the file as UTF-8"
            self._check_separator()
            width: int | None = None
            for line, record in self._records():
                width = len(record) if width is None else width
                if len(record) != width:
                    return (
                        f"{self._line(line)}: wrong number of values; expected {width}, as in the header, got "
                        f"{len(record)}; put values with {named(self.delimiter)} or line break in double quotes"
                    )
        return f"{printable(self.path)} cannot be read: {error}"

    def _check_separator(self) -> None:
        """Raise an error if the file obviously has another separator."""
        if found := other_separator(self.path, self.delimiter, self.decimal):
            raise SeparatorError(self._line(1), self.delimiter, found, self.decimal)

    def _first_not_utf8(self) -> int | None:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return None

    @cached_property
    def _lines(self) -> npt.NDArray[np.int64]:
        """The line at which each row begins."""
        return np.fromiter((line for line, _ in self._records()), np.int64)[1:]

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each record, except empty lines, with the line at which it begins."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            before = 0
            for record in _until_error(reader):
                if record:
                    yield before + 1, record
                before = reader.line_num


def _by_code(column: Any, convert: Callable[[list[Any]], list[str | None]]) -> npt.NDArray[np.object_]:
    """Return a column as strings; equal values are the same object, so few categories need little memory."""
    coded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    categories = np.array([*convert(coded.dictionary.to_pylist()), None], object)
    codes = coded.indices.fill_null(len(categories) - 1).to_numpy(zero_copy_only=False)
    values: npt.NDArray[np.object_] = categories[codes]
    return values


def _without_missing_booleans(strings: list[str]) -> list[str | None]:
    present = [text for text in strings if text.strip().lower() not in _MISSING]
    are_booleans = bool(present) and all(boolean(text) is not None for text in present)
    return [text if not are_booleans or boolean(text) is not None else None for text in strings]


def _combined(column: Any) -> Any:
    """Return a chunked array as one array, without a copy of a single chunk."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _float_text(value: np.floating[Any]) -> str:
    """Return the shortest string of a float, without exponent or fraction if its value fits in int64."""
    number = float(value)
    return str(int(number)) if abs(number) < 2.0**63 and number.is_integer() else str(value)


def _until_error(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        # The lines are used only in messages; without them, rows are identified by number.
        return
