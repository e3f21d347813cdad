"""Columns of a CSV or Parquet file, with line numbers of rows for messages."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import CsvFormat, named
from kpipe.data.encoding.cell_value import boolean
from kpipe.data.images.image_file import printable
from kpipe.data.sources.other_separator import other_separator
from kpipe.data.sources.separator_error import SeparatorError
from kpipe.errors import DataError
from kpipe.regular_file import irregular

PARQUET = frozenset({".parquet", ".pq"})
TEXT = frozenset({".csv", ".tsv", ".txt"})

_MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-")
_NUMBER = {
    ".": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    ",": r"^[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?$",
}


class TableFile:
    r"""The columns of a CSV or Parquet file; all columns of a CSV file are strings.

    A CSV file is UTF-8 (a byte order mark is skipped) with a header line. Values may be quoted with double quotes.
    Empty lines are skipped. The separator and the decimal sign do not depend on the locale. A pickled copy, as a data
    process receives it, has only the names of the rows.

    Args:
        path: a `.csv`, `.tsv`, `.txt`, `.parquet` or `.pq` file.
        form: the separator and the decimal sign of a CSV file; by default commas (tabs in a `.tsv` file) and points.

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

    def __init__(self, path: Path, form: CsvFormat | None = None) -> None:
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
        self._table = self._opened()
        self.names: list[str] = list(self._table.column_names)
        repeated = [name for name, count in Counter(self.names).items() if count > 1]
        if repeated:
            raise DataError(f"{self._line(1)}: duplicate column {repeated[0]!r}; rename one of them")
        self._count = int(self._table.num_rows)
        if self._count == 0:
            raise DataError(f"{printable(path)} has a header but no rows")
        if len(self.names) == 1 and not self.is_parquet:
            self._check_separator()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_table": None}

    def __len__(self) -> int:
        return self._count

    def is_plain(self, name: str) -> bool:
        """Return whether a column contains numbers, booleans or strings rather than dates, lists or records."""
        import pyarrow.types as types

        kind = self._column(name).type
        number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
        return bool(number or types.is_string(kind) or types.is_boolean(kind))

    def type_of(self, name: str) -> str:
        """Return the name of the type of a column, for messages."""
        return str(self._column(name).type)

    def release(self) -> None:
        """Free the memory of the values; only the names of rows and columns remain."""
        import pyarrow as pa

        self._table = None
        pa.default_memory_pool().release_unused()

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column as numbers, with NaN for values that are missing or not finite numbers."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if pa.types.is_string(column.type):
            text = pc.utf8_trim_whitespace(column)
            plain = pc.replace_substring_regex(text, r"^\+", "")
            if self.decimal != ".":
                plain = pc.replace_substring(plain, self.decimal, ".")
            is_number = pc.match_substring_regex(text, _NUMBER[self.decimal])
            column = pc.if_else(is_number, plain, pa.scalar(None, column.type))
        elif pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        values = np.array(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
        values[~np.isfinite(values)] = np.nan
        return values

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
            is_number = pc.match_substring_regex(trimmed, _NUMBER[self.decimal])
            text = pc.if_else(is_number, pc.replace_substring(text, self.decimal, "."), text)
        empty = pc.equal(trimmed, "")
        return _by_code(pc.if_else(empty, pa.scalar(None, pa.string()), text), _without_missing_booleans)

    def looks_numeric(self, name: str) -> bool:
        """Return whether at least half of the values are finite numbers, not counting values such as `NA`."""
        import pyarrow as pa

        column = self._column(name)
        if not pa.types.is_string(column.type):
            return self.is_plain(name) and not pa.types.is_boolean(column.type)
        return 0 < self.num_present(name) <= 2 * self._finite(name)

    def has_names(self, name: str) -> bool:
        """Return whether a column contains strings other than numbers, infinities and values such as `NA`."""
        import pyarrow.compute as pc
        import pyarrow.types as types

        column = self._column(name)
        if not types.is_string(column.type):
            return False
        text = pc.utf8_lower(pc.utf8_trim_whitespace(column))
        infinities = pc.sum(pc.match_substring_regex(text, r"^[+-]?inf(inity)?$")).as_py() or 0
        return bool(self._finite(name) + infinities < self.num_present(name))

    def num_present(self, name: str) -> int:
        """Return how many values of a column of strings are not missing, as an empty value or `NA` is."""
        return len(self) - int(self.missing(name).sum())

    def missing(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which values of a column are missing as numbers: null, NaN, or a string that is empty or like `NA`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if pa.types.is_string(column.type):
            text = pc.utf8_lower(pc.utf8_trim_whitespace(column))
            found = pc.fill_null(pc.is_in(text, pa.array(_MISSING, column.type)), True)
        else:
            found = pc.is_null(column, nan_is_null=True)
        return np.array(found.to_numpy(), bool)

    def has_text(self, name: str, rows: npt.NDArray[np.int64]) -> bool:
        """Return whether any of some rows has a string in a column that is neither a number nor a missing value."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if not pa.types.is_string(column.type) or not len(rows):
            return False
        text = pc.utf8_trim_whitespace(column.take(pa.array(rows)))
        missing = pc.is_in(pc.utf8_lower(text), pa.array(_MISSING, column.type))
        known = pc.or_(missing, pc.match_substring_regex(text, _NUMBER[self.decimal]))
        return not pc.all(pc.fill_null(known, True)).as_py()

    def matches(self, name: str, pattern: str) -> npt.NDArray[np.bool_]:
        """Return which values match a regular expression (RE2) without surrounding spaces; none if not of strings."""
        import pyarrow.compute as pc
        import pyarrow.types as types

        column = self._column(name)
        if not types.is_string(column.type):
            return np.zeros(len(self), bool)
        found = pc.match_substring_regex(pc.utf8_trim_whitespace(column), pattern)
        return np.array(pc.fill_null(found, False).to_numpy(), bool)

    def _finite(self, name: str) -> int:
        return int(np.isfinite(self.numbers(name)).sum())

    def value(self, name: str, row: int) -> str:
        """Return a value as it is written in the file, for messages; an empty string if it is missing."""
        value = self._column(name)[row].as_py()
        return "" if value is None else str(value)

    def row_name(self, row: int) -> str:
        """Return `file:line` for a row of a CSV file, `file:row N` for a row of a Parquet file, both from 1."""
        if self.is_parquet or len(self._lines) != len(self):
            return f"{self.path}:row {row + 1}"
        return f"{self.path}:{int(self._lines[row])}"

    def _column(self, name: str) -> Any:
        return self._table.column(name)

    def _line(self, line: int) -> str:
        return printable(self.path) if self.is_parquet else f"{printable(self.path)}:{line}"

    def _opened(self) -> Any:
        import pyarrow as pa

        try:
            if self.path.stat().st_size == 0:
                raise DataError(f"{printable(self.path)} is empty")
            return self._parquet() if self.is_parquet else self._csv()
        except pa.ArrowInvalid as error:
            raise DataError(self._explain(error)) from None
        except OSError as error:
            raise DataError(f"{printable(self.path)} cannot be read: {error.strerror or error}") from None

    def _parquet(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet

        with self.path.open("rb") as file:
            table = pyarrow.parquet.read_table(file)
        for position, stored in enumerate(table.schema.types):
            kind = stored.value_type if pa.types.is_dictionary(stored) else stored
            if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
                kind = pa.string()
            column = table.column(position).cast(kind)
            table = table.set_column(position, table.column_names[position], column)
        return table

    def _csv(self) -> Any:
        import pyarrow as pa
        import pyarrow.csv

        parse = pyarrow.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True)
        with self.path.open("rb") as file:
            names = pyarrow.csv.open_csv(file, parse_options=parse).schema.names
        convert = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
        )
        with self.path.open("rb") as file:
            return pyarrow.csv.read_csv(file, parse_options=parse, convert_options=convert)

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
        return np.array([line for line, _ in self._records()][1:], np.int64)

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
