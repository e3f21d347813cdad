import numpy as np
import pytest
from sklearn.metrics import multilabel_confusion_matrix

from kpipe.metrics import TrueNegatives

from .cases import accumulated, labels_and_outputs


def counts(labels, outputs, weights=None):
    return multilabel_confusion_matrix(labels, outputs.argmax(1), sample_weight=weights)[:, 0, 0]


@pytest.mark.parametrize("class_id", [0, 2])
def test_one_class_as_scikit_learn_counts_it(class_id):
    labels, outputs = labels_and_outputs(3)
    assert accumulated(TrueNegatives(class_id=class_id), labels, outputs) == counts(labels, outputs)[class_id]


def test_the_second_of_two_and_averages():
    labels, outputs = labels_and_outputs(2)
    assert accumulated(TrueNegatives(), labels, outputs) == counts(labels, outputs)[1]
    weights = np.random.default_rng(1).uniform(0.1, 2, 100)
    expected, support = counts(labels, outputs, weights), np.bincount(labels, weights)
    for average, value in (
        ("micro", expected.sum()),
        ("macro", expected.mean()),
        ("weighted", np.average(expected, weights=support)),
    ):
        found = accumulated(TrueNegatives(average=average), labels, outputs, weights)
        assert found == pytest.approx(value, rel=1e-6)
