import numpy as np
import pytest

from kpipe.train.objective.per_class_metrics import per_class_metrics


def test_metrics_of_each_class_by_hand():
    truth = np.array([0, 0, 0, 1, 1, 2])
    answer = np.array([0, 0, 1, 1, 0, 2])
    figures = per_class_metrics(truth, answer, ["a", "b", "c", "d"])
    np.testing.assert_allclose(figures.precision, [2 / 3, 1 / 2, 1, 0])
    np.testing.assert_allclose(figures.recall, [2 / 3, 1 / 2, 1, 0])
    np.testing.assert_allclose(figures.f1, [2 / 3, 1 / 2, 1, 0])
    assert figures.support.tolist() == [3, 2, 1, 0]
    assert figures.confusion.matrix().tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert figures.confusion.most_frequent(5) == [("a", "b", 1), ("b", "a", 1)]
    assert figures.to_dict()["b"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}


def test_multilabel():
    truth = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
    answer = np.array([[1, 1], [0, 1], [0, 1]])
    figures = per_class_metrics(truth, answer, ["a", "b"])
    np.testing.assert_allclose(figures.precision, [1, 2 / 3])
    np.testing.assert_allclose(figures.recall, [1 / 2, 1])
    assert figures.confusion is None


def test_sequences_count_every_step():
    figures = per_class_metrics(np.array([[0, 1], [1, 1]]), np.array([[0, 0], [1, 1]]), ["a", "b"])
    assert figures.confusion.matrix().tolist() == [[1, 0], [1, 2]]
    assert figures.recall == pytest.approx([1, 2 / 3])
