import keras
import numpy as np
import pytest
from golden import raises
from sklearn.metrics import roc_auc_score

from kpipe.errors import ArgumentError
from kpipe.metrics import AUC

from .cases import accumulated, labels_and_outputs, softmax

#: Keras traces each update of several curves, so there are few.
TWO_BATCHES = (45, 55)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"curve": "PR", "num_thresholds": 50},
        {"curve": "PRGAIN"},
        {"summation_method": "majoring"},
        {"thresholds": [0.1, 0.4, 0.9]},
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_one_class_is_keras_auc_of_its_column(arguments, classes):
    labels, outputs = labels_and_outputs(classes)
    theirs = keras.metrics.AUC(**arguments)
    theirs.update_state(labels == 1, softmax(outputs)[:, 1].astype(np.float32))
    found = accumulated(AUC(**arguments, class_id=1, activation="softmax"), labels, outputs)
    assert found == pytest.approx(float(theirs.result()), abs=1e-6)


def test_logits_are_made_probabilities_before_they_are_compared():
    labels, outputs = labels_and_outputs(3)
    outputs = outputs + 5 * np.random.default_rng(2).normal(size=(100, 1)).astype(np.float32)
    expected = roc_auc_score(labels == 2, softmax(outputs)[:, 2])
    assert abs(expected - roc_auc_score(labels == 2, outputs[:, 2])) > 0.05
    found = accumulated(AUC(4000, class_id=2, from_logits=True), labels, outputs)
    assert found == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("weighted", [False, True])
def test_averages_are_those_of_scikit_learn(average, weighted):
    labels, outputs = labels_and_outputs(4)
    weights = np.random.default_rng(1).uniform(0.1, 2, 100) if weighted else None
    shares = softmax(outputs)
    columns = [roc_auc_score(labels == index, shares[:, index], sample_weight=weights) for index in range(4)]
    support = np.bincount(labels, weights, 4) if average == "weighted" else None
    expected = np.average(columns, weights=support)
    if not weighted:
        assert expected == pytest.approx(roc_auc_score(labels, shares, multi_class="ovr", average=average))
    found = accumulated(AUC(4000, average=average), labels, shares.astype(np.float32), weights, TWO_BATCHES)
    assert found == pytest.approx(expected, abs=2e-3)


def test_a_class_without_samples_has_no_part_in_an_average():
    labels, outputs = labels_and_outputs(4, absent=(1,))
    shares = softmax(outputs)
    expected = np.mean([roc_auc_score(labels == index, shares[:, index]) for index in (0, 2, 3)])
    found = accumulated(AUC(4000, average="macro"), labels, shares, sizes=TWO_BATCHES)
    assert found == pytest.approx(expected, abs=2e-3)


def test_it_begins_again_and_is_zero_before_the_first_batch():
    labels, outputs = labels_and_outputs(2)
    metric = AUC()
    assert float(metric.result()) == 0
    first = accumulated(metric, labels, softmax(outputs))
    assert first == accumulated(metric, labels, softmax(outputs))


@pytest.mark.parametrize(
    "arguments",
    [
        {"multi_label": True},
        {"label_weights": [1.0, 2.0]},
        {},
    ],
)
def test_arguments_that_do_not_fit_the_classes(arguments):
    with raises(ArgumentError):
        AUC(**arguments).update_state([0], [[0.2, 0.3, 0.5]])


def test_micro_has_no_meaning():
    with raises(ArgumentError):
        AUC(average="micro")
