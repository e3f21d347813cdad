import numpy as np
from sklearn.metrics import confusion_matrix

from kpipe.train.objective.confusion import Confusion


def test_the_matrix_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    labels, predictions = generator.integers(0, 7, (2, 200))
    found = Confusion.of(labels, predictions, [*"abcdefg"])
    np.testing.assert_array_equal(found.matrix(), confusion_matrix(labels, predictions, labels=range(7)))


def test_indices_that_are_not_of_a_class_are_skipped_as_by_scikit_learn():
    labels, predictions = np.array([-1, 0, 1, 2, 1], np.int32), np.array([0, 1, 3, 1, 1], np.int32)
    found = Confusion.of(labels, predictions, ["a", "b"])
    np.testing.assert_array_equal(found.matrix(), confusion_matrix(labels, predictions, labels=range(2)))
    assert [*found.rows()] == [("a", "b", 1), ("b", "b", 1)]


def test_the_most_frequent_confusions_are_in_descending_order_and_ties_in_that_of_the_matrix():
    labels, predictions = np.array([0, 0, 1, 2, 2, 2, 2]), np.array([1, 1, 0, 2, 2, 0, 1])
    found = Confusion.of(labels, predictions, [*"abc"])
    assert found.most_frequent(9) == [("a", "b", 2), ("b", "a", 1), ("c", "a", 1), ("c", "b", 1)]
    assert found.most_frequent(1) == [("a", "b", 2)]
    assert Confusion.of(np.array([0]), np.array([0]), ["a"]).most_frequent(3) == []


def test_millions_of_possible_pairs_take_as_much_memory_as_the_samples():
    labels = np.arange(100_000)
    found = Confusion.of(labels, labels[::-1], [str(label) for label in labels])
    assert found.is_large
    assert len(found.samples) == 100_000
    assert found.most_frequent(1) == [("0", "99999", 1)]
