import numpy as np

from kpipe.data.dataset import Target
from kpipe.data.encoding.stored_classes import adopt_classes
from kpipe.data.sources.array_dataset import ArrayDataset


def dataset(task, classes, labels):
    target = Target("y", task, classes, labels.shape[1:])
    return ArrayDataset({"x": {"train": np.zeros((len(labels), 1))}}, {"y": target}, {"y": labels})


def test_labels_follow_the_stored_order_of_equal_values():
    data = dataset("classification", ("1", "2", "10"), np.array([2, 0, 1]))
    adopt_classes(data, {"y": ["1.0", "10.0", "2.0"]})
    assert [data.targets["y"].classes[label] for label in data.labels["y"]] == ["10.0", "1.0", "2.0"]


def test_columns_follow_too():
    data = dataset("multilabel", ("1", "2", "10"), np.array([[1, 0, 0], [0, 1, 1]], np.float32))
    adopt_classes(data, {"y": ["1", "10", "2"]})
    assert data.labels["y"].tolist() == [[1, 0, 0], [0, 1, 1]]
    adopt_classes(data, {"y": ["10", "2", "1"]})
    assert data.labels["y"].tolist() == [[0, 0, 1], [1, 1, 0]]


def test_other_classes_are_left_to_the_comparison_with_the_run():
    data = dataset("classification", ("1", "2"), np.array([0, 1]))
    for stored in (["1", "3"], ["1", "1.0", "2"], ["1"]):
        adopt_classes(data, {"y": stored, "z": ["a"]})
    assert data.targets["y"].classes == ("1", "2")
    assert data.labels["y"].tolist() == [0, 1]
