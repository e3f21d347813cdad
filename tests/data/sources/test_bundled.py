"""The five sets that come with scikit-learn."""

import numpy as np
import pytest

from kpipe.data.sources.breast_cancer import BreastCancer
from kpipe.data.sources.diabetes import Diabetes
from kpipe.data.sources.digits import Digits
from kpipe.data.sources.iris import Iris
from kpipe.data.sources.wine import Wine


def test_digits(context):
    from sklearn.datasets import load_digits

    dataset = Digits().open(context)
    image = dataset.inputs["image"]
    assert (image.kind, image.shape, image.dtype) == ("image", (8, 8, 1), "uint8")
    assert dataset.targets["y"].classes == tuple("0123456789")
    bunch = load_digits()
    read = dataset.read(np.array([1796, 0]))["image"]
    assert np.array_equal(read[:, :, :, 0], bunch.images[[1796, 0]])
    assert np.array_equal(dataset.labels["y"], bunch.target)
    assert dataset.arrays()["image"].shape == (1797, 8, 8, 1)
    assert list(dataset.parts) == ["train"]
    assert (dataset.bad, len(dataset.parts["train"])) == ([], 1797)


@pytest.mark.parametrize(
    ("source", "rows", "columns", "classes"),
    [
        (Iris, 150, 4, ("setosa", "versicolor", "virginica")),
        (Wine, 178, 13, ("class_0", "class_1", "class_2")),
        (BreastCancer, 569, 30, ("malignant", "benign")),
    ],
)
def test_tables_of_classes(context, source, rows, columns, classes):
    dataset = source().open(context)
    table = dataset.inputs["table"]
    assert (table.kind, table.shape, table.dtype, len(table.columns)) == ("table", (columns,), "float64", columns)
    assert {column.kind for column in table.columns} == {"numeric"}
    assert dataset.targets["y"].classes == classes
    assert dataset.labels["y"].dtype == np.int64
    read = dataset.read(np.arange(rows))["table"]
    assert read["numeric"].shape == (rows, columns)
    assert read["categorical"].shape == (rows, 0)
    assert dataset.sample_name(0) == "row 1"


def test_iris_values(context):
    dataset = Iris().open(context)
    assert dataset.inputs["table"].columns[0].name == "sepal length (cm)"
    assert dataset.read(np.array([0]))["table"]["numeric"].tolist() == [[5.1, 3.5, 1.4, 0.2]]


def test_diabetes_is_a_number_as_measured(context):
    dataset = Diabetes().open(context)
    target = dataset.targets["y"]
    assert (target.task, target.classes, target.shape) == ("regression", None, ())
    assert (dataset.labels["y"].dtype, dataset.labels["y"][0]) == (np.float32, 151.0)
    assert dataset.read(np.array([0]))["table"]["numeric"][0, :3].tolist() == [59.0, 2.0, 32.1]
