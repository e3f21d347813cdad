import numpy as np
import pytest
from golden import raises
from sklearn.metrics import fbeta_score

from kpipe.errors import ArgumentError
from kpipe.metrics import FBetaScore

from .cases import accumulated, labels_and_outputs, softmax


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_averages_are_those_of_scikit_learn(average, beta):
    labels, outputs = labels_and_outputs(4, absent=(2,))
    weights = np.random.default_rng(1).uniform(0.1, 2, 100)
    answers = outputs.argmax(1)
    expected = fbeta_score(labels, answers, beta=beta, average=average, zero_division=0, sample_weight=weights)
    found = accumulated(FBetaScore(average=average, beta=beta), labels, outputs, weights)
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_threshold_is_of_the_probability_of_the_class():
    labels, outputs = labels_and_outputs(3)
    expected = fbeta_score(labels == 1, softmax(outputs)[:, 1] > 0.3, beta=2.0)
    found = accumulated(FBetaScore(beta=2.0, threshold=0.3, class_id=1, activation="softmax"), labels, outputs)
    assert found == pytest.approx(expected, abs=1e-6)


def test_beta_is_above_zero():
    with raises(ArgumentError):
        FBetaScore(beta=0.0)
