import numpy as np
import pytest
from sklearn.metrics import f1_score

from kpipe.metrics import F1Score

from .cases import accumulated, labels_and_outputs


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("absent", [(), (1,)])
def test_averages_are_those_of_scikit_learn(average, absent):
    labels, outputs = labels_and_outputs(4, absent)
    expected = f1_score(labels, outputs.argmax(1), average=average, zero_division=0)
    assert accumulated(F1Score(average=average), labels, outputs) == pytest.approx(expected, abs=1e-6)


def test_one_number_for_one_class_where_keras_gives_one_for_each():
    labels, outputs = labels_and_outputs(2)
    found = accumulated(F1Score(), labels, outputs)
    assert found.shape == ()
    assert found == pytest.approx(f1_score(labels, outputs.argmax(1)), abs=1e-6)


def test_of_equal_outputs_the_first_is_predicted_once():
    metric = F1Score(class_id=1)
    metric.update_state([0, 1], np.array([[0.5, 0.5], [0.2, 0.8]]))
    assert float(metric.result()) == 1
