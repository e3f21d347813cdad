import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.metrics import SpecificityAtSensitivity

from .cases import EQUAL, accumulated, labels_and_outputs, softmax


def columns(labels, shares, *arguments, weights=None):
    found = []
    for index in range(shares.shape[1]):
        theirs = keras.metrics.SpecificityAtSensitivity(*arguments)
        theirs.update_state(labels == index, shares[:, index], weights)
        found.append(float(theirs.result()))
    return found


@pytest.mark.parametrize("arguments", [(0.5,), (0.9,), (0.6, 1), (0.6, 7)])
@pytest.mark.parametrize("weighted", [False, True])
def test_one_class_is_that_of_keras_on_its_column(arguments, weighted):
    labels, outputs = labels_and_outputs(3)
    weights = np.random.default_rng(1).uniform(0.1, 2, 100).astype(np.float32) if weighted else None
    expected = columns(labels, softmax(outputs).astype(np.float32), *arguments, weights=weights)
    for index in range(3):
        metric = SpecificityAtSensitivity(*arguments, class_id=index, activation="softmax")
        found = accumulated(metric, labels, outputs, weights, EQUAL)
        assert found == pytest.approx(expected[index], abs=1e-6)


def test_probabilities_of_exactly_zero_and_one():
    labels, outputs = labels_and_outputs(2)
    shares = np.round(softmax(outputs) * 2).astype(np.float32) / 2
    assert {0.0, 0.5, 1.0} == set(shares.flat)
    assert accumulated(SpecificityAtSensitivity(0.4), labels, shares) == pytest.approx(
        columns(labels, shares, 0.4)[1], abs=1e-6
    )


def test_averages_are_over_the_classes_that_are_there():
    labels, outputs = labels_and_outputs(4, absent=(2,))
    shares = softmax(outputs).astype(np.float32)
    expected, there = np.array(columns(labels, shares, 0.7)), [0, 1, 3]
    found = accumulated(SpecificityAtSensitivity(0.7, average="macro"), labels, shares)
    assert found == pytest.approx(expected[there].mean(), abs=1e-6)
    found = accumulated(SpecificityAtSensitivity(0.7, average="weighted"), labels, shares)
    assert found == pytest.approx(np.average(expected, weights=np.bincount(labels, minlength=4)), abs=1e-6)


@pytest.mark.parametrize("arguments", [{"sensitivity": 1.5}, {"sensitivity": 0.5, "num_thresholds": 0}])
def test_arguments_that_cannot_be_used(arguments):
    with raises(ArgumentError):
        SpecificityAtSensitivity(**arguments)
