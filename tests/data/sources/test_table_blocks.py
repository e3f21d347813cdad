import pyarrow as pa
import pyarrow.parquet as pq

from kpipe.data.sources import table_blocks as module
from kpipe.data.sources.table_blocks import table_blocks


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
