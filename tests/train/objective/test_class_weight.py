import numpy as np
import pytest
from golden import raises
from sklearn.utils.class_weight import compute_class_weight

from kpipe.errors import ArgumentError
from kpipe.train.objective.class_weight import class_weights, sample_weights

LABELS = np.array([0] * 6 + [1] * 3 + [2], dtype=np.int64)


def test_balanced_is_scikit_learns():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(class_weights("balanced", "abc", LABELS), expected, rtol=1e-7)
    np.testing.assert_allclose(class_weights("balanced", "abc", LABELS), [10 / 18, 10 / 9, 10 / 3], rtol=1e-7)


def test_by_name():
    weights = class_weights({"b": 2.0, "a": 1.0, "c": 0.5}, "abc", LABELS)
    assert weights.tolist() == [1.0, 2.0, 0.5]
    assert sample_weights(weights, np.array([2, 0])).tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    "rule",
    [
        {"a": 1.0, "b": 1.0, "c": 1.0, "cat": 2.0},
        {"a": 1.0},
    ],
)
def test_names_must_be_the_classes(rule):
    with raises(ArgumentError):
        class_weights(rule, "abc", LABELS)


def test_balanced_needs_every_class():
    with raises(ArgumentError):
        class_weights("balanced", "abcd", LABELS)


@pytest.mark.parametrize(
    ("classes", "rule", "weights"),
    [
        (["1", "2"], {"2.0": 3.0, "+1": 5.0}, [5, 3]),
        (["1.0", "2.0"], {"1": 5.0, "2": 3.0}, [5, 3]),
        (["False", "True"], {"true": 3.0, "false": 5.0}, [5, 3]),
        (["1.1", "1.10"], {"1.10": 3.0, "1.1": 5.0}, [5, 3]),
    ],
)
def test_names_are_compared_as_values(classes, rule, weights):
    assert class_weights(rule, classes, np.array([0, 1])).tolist() == weights


def test_one_class_has_one_weight():
    with raises(ArgumentError):
        class_weights({"1": 1.0, "1.0": 2.0, "2": 1.0}, ["1", "2"], np.array([0, 1]))
    with raises(ArgumentError):
        class_weights({"01": 1.0, "2": 1.0}, ["1", "2"], np.array([0, 1]))
