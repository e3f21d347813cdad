"""Names of columns without the rows."""

import os

import pyarrow as pa
import pyarrow.parquet as pq

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.header import column_names


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
