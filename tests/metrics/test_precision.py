import keras
import numpy as np
import pytest
from golden import raises
from sklearn.metrics import precision_score

from kpipe.errors import ArgumentError
from kpipe.metrics import Precision

from .cases import accumulated, labels_and_outputs, softmax


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("absent", [(), (1,)])
@pytest.mark.parametrize("weighted", [False, True])
def test_averages_are_those_of_scikit_learn(average, absent, weighted):
    labels, outputs = labels_and_outputs(4, absent)
    weights = np.random.default_rng(1).uniform(0.1, 2, 100) if weighted else None
    expected = precision_score(labels, outputs.argmax(1), average=average, zero_division=0, sample_weight=weights)
    assert accumulated(Precision(average=average), labels, outputs, weights) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("class_id", [0, 1, 2])
def test_one_class_against_the_rest(class_id):
    labels, outputs = labels_and_outputs(3)
    expected = precision_score(labels == class_id, outputs.argmax(1) == class_id)
    assert accumulated(Precision(class_id=class_id), labels, outputs) == pytest.approx(expected, abs=1e-6)


def test_the_second_of_two_classes_is_positive():
    labels, outputs = labels_and_outputs(2)
    expected = precision_score(labels, outputs.argmax(1))
    assert expected != precision_score(1 - labels, 1 - outputs.argmax(1))
    assert accumulated(Precision(), labels, outputs) == pytest.approx(expected, abs=1e-6)


def test_labels_may_be_one_hot():
    labels, outputs = labels_and_outputs(3)
    metric = Precision(average="macro")
    assert accumulated(metric, np.eye(3)[labels], outputs) == accumulated(metric, labels, outputs)
    assert accumulated(metric, labels[:, None], outputs) == accumulated(metric, labels, outputs)


def test_thresholds_are_of_the_probability_of_the_class():
    labels, outputs = labels_and_outputs(3)
    predicted = softmax(outputs)[:, 2]
    found = accumulated(Precision(thresholds=[0.2, 0.7], class_id=2, activation="softmax"), labels, outputs)
    expected = [precision_score(labels == 2, predicted > threshold) for threshold in (0.2, 0.7)]
    assert found == pytest.approx(expected, abs=1e-6)
    one = accumulated(Precision(thresholds=0.7, class_id=2), labels, softmax(outputs))
    assert one.shape == () and one == pytest.approx(expected[1], abs=1e-6)


@pytest.mark.parametrize("class_id", [0, 2])
def test_top_k_is_that_of_keras(class_id):
    labels, outputs = labels_and_outputs(4)
    theirs = keras.metrics.Precision(top_k=2, class_id=class_id)
    theirs.update_state(np.eye(4)[labels], softmax(outputs))
    found = accumulated(Precision(top_k=2, class_id=class_id), labels, outputs)
    assert found == pytest.approx(float(theirs.result()), abs=1e-6)


def test_masked_steps_and_steps_without_weight_do_not_count():
    random = np.random.default_rng(3)
    labels, outputs = random.integers(0, 3, (6, 5)), random.normal(size=(6, 5, 3)).astype(np.float32)
    keep = random.random((6, 5)) > 0.4
    expected = precision_score(labels[keep], outputs.argmax(-1)[keep], average="macro", zero_division=0)
    tensor = keras.ops.convert_to_tensor(outputs)
    masked, weighted = Precision(average="macro"), Precision(average="macro")
    weighted.update_state(labels, tensor, keep.astype(np.float32))
    tensor._keras_mask = keras.ops.convert_to_tensor(keep)
    masked.update_state(labels, tensor)
    assert float(masked.result()) == pytest.approx(expected, abs=1e-6)
    assert float(weighted.result()) == pytest.approx(expected, abs=1e-6)


def test_maps_count_each_position_and_weights_each_sample():
    random = np.random.default_rng(4)
    labels, outputs = random.integers(0, 2, (4, 3, 3)), random.normal(size=(4, 3, 3, 2)).astype(np.float32)
    weights = np.array([1.0, 0.5, 2.0, 0.0])
    metric = Precision()
    metric.update_state(labels, outputs, weights)
    repeated = np.repeat(weights, 9)
    expected = precision_score(labels.ravel(), outputs.argmax(-1).ravel(), sample_weight=repeated)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_nothing_predicted_is_zero_and_so_is_nothing_seen():
    metric = Precision()
    assert float(metric.result()) == 0
    metric.update_state([1, 1], [[0.9, 0.1], [0.8, 0.2]])
    assert float(metric.result()) == 0
    metric.update_state([1], [[0.1, 0.9]])
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"class_id": 1, "average": "macro"},
        {"average": "samples"},
        {"class_id": -1},
        {"thresholds": 2.0},
        {"thresholds": []},
        {"top_k": 0},
        {"activation": "relu"},
    ],
)
def test_arguments_that_cannot_be_used(arguments):
    with raises(ArgumentError):
        Precision(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"class_id": 3},
        {"top_k": 4, "class_id": 1},
    ],
)
def test_arguments_that_do_not_fit_the_classes(arguments):
    with raises(ArgumentError):
        Precision(**arguments).update_state([0], [[0.2, 0.3, 0.5]])
    with raises(ArgumentError):
        Precision().update_state([[0]], [[0.2]])
