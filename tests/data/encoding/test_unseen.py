import numpy as np
from golden import expect_message, expect_messages

from kpipe.data.dataset import Column, Target
from kpipe.data.encoding.unseen import unseen_categories
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.table_dataset import TableDataset

COLUMNS = (Column("area", "numeric"), Column("zone", "categorical"), Column("town", "categorical"))


def prepared(zones, towns, labels=None, classes=("a", "b")):
    """Two training, then two validation, then two test rows."""
    labels = np.array([0, 1, 0, 1, 0, 1] if labels is None else labels)
    cells = np.array([zones, towns], object).T
    parts = {"train": np.arange(2), "validation": np.arange(2, 4), "test": np.arange(4, 6)}
    targets = {"y": Target("y", "classification", classes, ())}
    data = TableDataset(COLUMNS, np.arange(6.0)[:, np.newaxis], cells, {}, targets, {"y": labels}, parts)
    return PreparedData(data, parts, {"table": [OneHot()]})


def test_categories_that_the_training_part_lacks_are_reported_with_their_share():
    said = []
    data = prepared(["1", "2", "1.0", "7", "7.0", "8"], ["u", "v", "u", "v", "u", "w\x1b"])
    data.fit(said.append)
    expect_messages(said, 2)


def test_nothing_is_reported_where_the_spelling_alone_differs():
    said = []
    data = prepared(["1.0", "2.0", "1", "+2", "1e0", "2.00"], ["true", "FALSE", "True", "False", "TRUE", "false"])
    data.fit(said.append)
    assert said == []
    assert data.categories["table"] == {"zone": ("1", "2"), "town": ("False", "True")}


def test_classes_that_the_training_part_lacks_are_reported():
    said = []
    data = prepared(["1", "2"] * 3, ["u", "v"] * 3, [0, 1, 2, 3, 3, 0], ("a", "b", "c", "d", "e"))
    data.fit(said.append)
    expect_messages(said, 1)


def test_of_many_categories_the_first_are_listed():
    said = []
    prepared(["1", "1", "2", "3", "4", "5"], ["u"] * 6).fit(said.append)
    expect_message(said[0])
    assert unseen_categories("zone", list("abcdefg"), {"": (9, 20)}) == (
        "column 'zone': a, b, c, d, e, ... (7 in all) do not occur in the training part (9 of 20 rows, 45%); the model "
        "treats them as unknown"
    )
