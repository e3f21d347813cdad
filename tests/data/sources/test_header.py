"""Names of columns without the rows."""

import os

import pyarrow as pa
import pyarrow.parquet as pq

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.header import column_names, number_columns


def test_names_of_csv_and_parquet_files(tmp_path):
    (tmp_path / "a.csv").write_text('\ufeff"a, b";c\n1;2', encoding="utf-8")
    assert column_names(tmp_path / "a.csv", CsvFormat(";")) == ["a, b", "c"]
    pq.write_table(pa.table({"x": [1], "y": [2]}), tmp_path / "a.parquet")
    assert column_names(tmp_path / "a.parquet", CsvFormat()) == ["x", "y"]


def test_files_without_a_header_and_named_pipes_have_no_names(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "one.csv").write_text("a;b\n1;2")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("a.parquet", "one.csv", "missing.csv", "pipe.csv"):
        assert column_names(tmp_path / name, CsvFormat()) is None


def test_columns_of_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a;b;c;d\n1;x;1,5;NA\n2;3;2,5;1\n3;y\n")
    assert number_columns(path, CsvFormat(";", ",")) == {"a", "b", "c", "d"}
    assert number_columns(path, CsvFormat(";", ".")) == {"a", "b", "d"}
    path.write_bytes(b"a,b\n\xff,1\n")
    assert number_columns(path, CsvFormat()) == set()
    path.write_text("")
    assert number_columns(path, CsvFormat()) == set()
    assert number_columns(tmp_path / "gone.parquet", CsvFormat()) == set()
