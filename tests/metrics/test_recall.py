import numpy as np
import pytest
from sklearn.metrics import recall_score

from kpipe.metrics import Recall

from .cases import accumulated, labels_and_outputs


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("absent", [(), (0,)])
def test_averages_are_those_of_scikit_learn(average, absent):
    labels, outputs = labels_and_outputs(4, absent)
    weights = np.random.default_rng(1).uniform(0.1, 2, 100)
    expected = recall_score(labels, outputs.argmax(1), average=average, zero_division=0, sample_weight=weights)
    assert accumulated(Recall(average=average), labels, outputs, weights) == pytest.approx(expected, abs=1e-6)


def test_one_class_and_the_second_of_two():
    labels, outputs = labels_and_outputs(3)
    expected = recall_score(labels == 2, outputs.argmax(1) == 2)
    assert accumulated(Recall(class_id=2), labels, outputs) == pytest.approx(expected, abs=1e-6)
    labels, outputs = labels_and_outputs(2)
    assert accumulated(Recall(), labels, outputs) == pytest.approx(recall_score(labels, outputs.argmax(1)), abs=1e-6)


def test_a_class_without_samples_is_zero():
    labels, outputs = labels_and_outputs(3, absent=(1,))
    assert accumulated(Recall(class_id=1), labels, outputs) == 0
