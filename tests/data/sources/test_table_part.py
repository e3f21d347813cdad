from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from golden import expect_messages

from kpipe.data.dataset import Column
from kpipe.data.sources.table_columns import TableColumns
from kpipe.data.sources.table_file import TableFile
from kpipe.data.sources.table_part import read_part


def test_a_row_has_its_first_reason_alone(tmp_path, context):
    path = tmp_path / "a.csv"
    path.write_text("a,b,y\nx,,\n1,u,2\n2,v,2.5\n")
    columns = TableColumns((Column("b", "categorical"), Column("a", "numeric")), {}, {"y": "index"})
    part = read_part(TableFile(path), columns, context)
    expect_messages([entry.reason for entry in part.bad], 2)
    assert part.rows.tolist() == [1]
    assert part.labels["y"].tolist() == ["2"]
    assert part.categorical.tolist() == [["u"]]


def part_of(path, context, *names):
    columns = TableColumns(tuple(Column(*name.split(":")) for name in names), {}, {"y": "number"})
    return read_part(TableFile(path), columns, context)


def test_rows_with_missing_inputs_are_kept_if_these_are_filled(tmp_path, context):
    path = tmp_path / "a.csv"
    path.write_text("a,b,y\n1,u,1\nNA,v,2\n ?,,3\ninf,u,4\nabc,u,5\n6,w,\n7,NA,7\n")
    part = part_of(path, replace(context, filled=["table"]), "a:numeric", "b:categorical")
    assert part.rows.tolist() == [0, 1, 2, 6]
    np.testing.assert_array_equal(part.numeric, [[1], [np.nan], [np.nan], [7]])
    assert part.categorical.tolist() == [["u"], ["v"], [""], ["NA"]]
    expect_messages([entry.reason for entry in part.bad], 3)
    assert not part.has_missing
    skipped = part_of(path, context, "a:numeric", "b:categorical")
    assert (skipped.rows.tolist(), skipped.has_missing) == ([0, 6], True)


def test_values_that_are_not_numbers_cannot_be_filled(tmp_path, context):
    path = tmp_path / "a.csv"
    path.write_text("a,y\n1,1\ninf,2\n3,\n")
    assert not part_of(path, context, "a:numeric").has_missing


def test_missing_values_of_parquet(tmp_path, context):
    path = tmp_path / "a.parquet"
    columns = {
        "a": [1.0, None, np.nan, np.inf],
        "b": ["u", None, "", "v"],
        "c": [1, 2, None, 4],
        "y": [1.0, 2.0, 3.0, 4.0],
    }
    pq.write_table(pa.table(columns), path)
    part = part_of(path, replace(context, filled=None), "a:numeric", "b:categorical", "c:numeric")
    assert part.rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(part.numeric, [[1, 1], [np.nan, 2], [np.nan, np.nan]])
    assert part.categorical.tolist() == [["u"], [""], [""]]
