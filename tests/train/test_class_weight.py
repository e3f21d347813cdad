import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from kpipe.errors import ArgumentError
from kpipe.train.class_weight import class_weights, sample_weights

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
    ("rule", "message"),
    [
        ({"a": 1.0, "b": 1.0, "c": 1.0, "cat": 2.0}, "cat are no classes of the data.*a, b, c"),
        ({"a": 1.0}, "b, c have no weight"),
    ],
)
def test_names_must_be_the_classes(rule, message):
    with pytest.raises(ArgumentError, match=message):
        class_weights(rule, "abc", LABELS)


def test_balanced_needs_every_class():
    with pytest.raises(ArgumentError, match="has none of d"):
        class_weights("balanced", "abcd", LABELS)
