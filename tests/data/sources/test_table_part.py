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
