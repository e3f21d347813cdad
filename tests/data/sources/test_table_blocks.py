import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kpipe.data.sources import table_blocks as module
from kpipe.data.sources.table_blocks import table_blocks
from kpipe.data.sources.table_file import TableFile
from kpipe.errors import DataError


def test_csv_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_BYTES", 1 << 20)
    path = tmp_path / "a.csv"
    rows = [f'{row},"x{row}"' for row in range(300_000)]
    path.write_text("\n".join(["a,b", *rows]))
    first, *blocks = table_blocks(path, ",")
    assert (first.num_rows, first.column_names) == (0, ["a", "b"])
    assert len(blocks) > 2
    joined = pa.concat_tables(blocks)
    assert joined.column("a").to_pylist() == [str(row) for row in range(300_000)]
    assert joined.column("b")[299_999].as_py() == "x299999"


def test_parquet_in_blocks(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "a": range(20_000),
            "a.b": pa.array(["u", "v"] * 10_000).dictionary_encode(),
            "n": pa.nulls(20_000),
            "l": pa.array([[1]] * 20_000),
        }
    )
    pq.write_table(table, path, row_group_size=15_000)
    first, *blocks = table_blocks(path, None)
    assert [str(kind) for kind in first.schema.types[:3]] == ["int64", "string", "string"]
    assert pa.concat_tables(blocks).column("a").to_pylist() == list(range(20_000))
    only = pa.concat_tables(table_blocks(path, None, ["a", "n"]))
    assert (only.column_names, only.num_rows) == (["a", "n"], 20_000)


def _opened(path):
    return [
        link for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and os.path.realpath(link) == str(path)
    ]


@pytest.mark.parametrize("delimiter", [",", None])
def test_files_are_closed_when_reading_ends_early(tmp_path, delimiter):
    path = tmp_path.resolve() / ("a.csv" if delimiter else "a.parquet")
    rows = range(500_000)
    table = pa.table({"a": rows, "b": rows})
    write = pyarrow.csv.write_csv if delimiter else pq.write_table
    write(table, path)
    blocks = table_blocks(path, delimiter)
    next(blocks)
    next(blocks)
    assert _opened(path)
    blocks.close()
    assert not _opened(path)


def test_files_are_closed_when_an_error_is_raised(tmp_path):
    path = tmp_path.resolve() / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 500_000 + "1,2,3\n" + "1,2\n" * 500_000)
    with pytest.raises(DataError) as caught:
        TableFile(path)
    assert "expected 2" in str(caught.value)
    assert not _opened(path)


def test_names_of_files_that_are_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text("a\n1\n")
    assert [block.num_rows for block in table_blocks(path, ",")] == [0, 1]
