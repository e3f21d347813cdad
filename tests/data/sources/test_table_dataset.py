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
