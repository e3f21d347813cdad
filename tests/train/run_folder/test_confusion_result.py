import numpy as np

from kpipe.train.objective.per_class_metrics import per_class_metrics
from kpipe.train.run_folder.confusion_result import ConfusionResult


def metrics(count):
    labels = np.repeat(np.arange(count), 2)
    predictions = labels.copy()
    predictions[:3] = 1
    return per_class_metrics(labels, predictions, [f"class {index}" for index in range(count)])


def test_up_to_a_hundred_classes_have_a_matrix():
    result = ConfusionResult({"y": metrics(100)})
    (matrix,) = result.to_dict()["confusion"].values()
    assert np.shape(matrix) == (100, 100)
    assert matrix[0][:2] == [0, 2]
    assert set(result.to_dict()) == {"confusion"}
    assert not result.has_rows
    assert [*result.rows()] == []


def test_more_have_a_list_and_rows():
    result = ConfusionResult({"small": metrics(3), "large": metrics(101)})
    found = result.to_dict()
    assert set(found["confusion"]) == {"small"}
    assert found["confused"] == {"large": [{"true": "class 0", "predicted": "class 1", "samples": 2}]}
    assert result.has_rows
    rows = [*result.rows()]
    assert rows[:2] == [("large", "class 0", "class 1", 2), ("large", "class 1", "class 1", 2)]
    assert sum(row[-1] for row in rows) == 2 * 101


def test_without_classes_there_is_no_matrix():
    assert ConfusionResult().to_dict() == {"confusion": {}}
