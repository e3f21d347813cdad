import numpy as np

from kpipe.data.dataset import Column
from kpipe.data.sources.table_dataset import TableDataset


def test_reads_rows():
    columns = (Column("town", "categorical"), Column("area", "numeric"))
    towns = np.array([["Rom"], ["Ulm"], ["Rom"]], object)
    dataset = TableDataset(columns, np.array([[1.0], [2.0], [3.0]]), towns, {}, {}, {}, {"train": np.arange(3)})
    read = dataset.read(np.array([2, 2, 1]))["table"]
    assert read["numeric"].tolist() == [[3], [3], [2]]
    assert read["categorical"].tolist() == [["Rom"], ["Rom"], ["Ulm"]]
    assert dataset.inputs["table"].columns == columns
    assert (dataset.sample_name(0), dataset.arrays()) == ("row 1", None)


def test_columns_can_be_divided_among_several_inputs():
    columns = (Column("a", "numeric"), Column("b", "categorical"), Column("c", "numeric"), Column("d", "categorical"))
    tables = {"left": (columns[3], columns[2]), "right": (columns[0],), "names": (columns[1],)}
    numeric = np.arange(6.0).reshape(3, 2)
    categorical = np.array([["u", "x"], ["v", "y"], ["w", "z"]], object)
    dataset = TableDataset(columns, numeric, categorical, {}, {}, {}, {}, tables=tables)
    assert [(name, entry.shape) for name, entry in dataset.inputs.items()] == [
        ("left", (2,)),
        ("right", (1,)),
        ("names", (1,)),
    ]
    read = dataset.read(np.array([2, 0]))
    assert read["left"]["numeric"].tolist() == [[5], [1]]
    assert read["left"]["categorical"].tolist() == [["z"], ["x"]]
    assert read["right"]["numeric"].tolist() == [[4], [0]]
    assert read["right"]["categorical"].shape == (2, 0)
    assert read["names"]["categorical"].tolist() == [["w"], ["u"]]


def test_tables_of_numbers_only_have_float32_values():
    columns = (Column("a", "numeric"), Column("b", "categorical"), Column("c", "numeric"))
    numeric, categorical = np.array([[0.1, 1.0], [2.0, 3.0]]), np.array([["u"], ["v"]], object)
    whole = TableDataset(columns[::2], numeric, np.empty((2, 0), object), {}, {}, {}, {})
    np.testing.assert_array_equal(whole.float32_table("table"), numeric.astype(np.float32))
    tables = {"numbers": columns[::2], "first": columns[:1], "names": columns[1:2]}
    dataset = TableDataset(columns, numeric, categorical, {}, {}, {}, {}, tables=tables)
    found = {name: dataset.float32_table(name) is not None for name in tables}
    assert found == {"numbers": True, "first": False, "names": False}
    assert TableDataset(columns, numeric, categorical, {}, {}, {}, {}).float32_table("table") is None
