import keras
import numpy as np
import pytest
from scipy.special import expit, softmax

from kpipe.data.dataset import Target
from kpipe.train.objective.objective import TargetObjective
from kpipe.train.objective.sample_scorer import SampleScorer

generator = np.random.default_rng(3)
LOGITS = 4 * generator.standard_normal((50, 5)).astype(np.float32)
LABELS = generator.integers(0, 5, 50)


def scorer(logits, form="sparse", classes=5, loss=keras.losses.SparseCategoricalCrossentropy, task="classification"):
    names = tuple(f"class {number}" for number in range(classes))
    target = Target("y", task, names, ())
    activation = "logits" if logits else "softmax"
    return SampleScorer.of(TargetObjective(target, activation, logits, form, (classes,), loss, list))


def expect(found, probabilities, labels=LABELS):
    """Compare scores with those of probabilities (n, classes); 1 - p is exact to 6e-8 in float32."""
    rows = np.arange(len(labels))
    best = probabilities.argmax(axis=1)
    assert found.probability == pytest.approx(probabilities[rows, labels], rel=3e-6, abs=6e-8)
    assert found.predicted.tolist() == best.tolist()
    assert found.predicted_probability == pytest.approx(probabilities[rows, best], rel=3e-6)
    assert found.loss == pytest.approx(-np.log(probabilities[rows, labels]), rel=3e-6, abs=2e-5)
    assert not found.position.any()


def test_logits_are_converted_by_softmax():
    expect(scorer(True).scores(LOGITS, LABELS), softmax(LOGITS.astype(np.float64), axis=1))


def test_probabilities_are_not_changed():
    probabilities = softmax(LOGITS.astype(np.float64), axis=1)
    expect(scorer(False).scores(probabilities.astype(np.float32), LABELS), probabilities)


def test_a_loss_of_independent_classes_makes_the_logits_sigmoids():
    found = scorer(True, "one_hot", loss=keras.losses.BinaryCrossentropy).scores(LOGITS, LABELS)
    expect(found, expit(LOGITS.astype(np.float64)))


@pytest.mark.parametrize("logits", [True, False])
def test_one_unit_is_the_probability_of_the_second_class(logits):
    outputs, labels = LOGITS[:, :1], LABELS % 2
    one = expit(outputs.astype(np.float64))
    given = outputs if logits else one.astype(np.float32)
    found = scorer(logits, "binary", 2, keras.losses.BinaryCrossentropy).scores(given, labels)
    expect(found, np.concatenate([1 - one, one], axis=1), labels)


def test_large_logits_have_finite_losses():
    found = scorer(True, classes=2).scores(np.array([[200.0, 0.0], [0.0, 200.0]], np.float32), np.array([1, 1]))
    assert found.loss.tolist() == [200.0, 0.0]
    assert found.probability.tolist() == [0.0, 1.0]
    binary = scorer(True, "binary", 2).scores(np.array([[-200.0], [200.0]], np.float32), np.array([1, 1]))
    assert binary.loss.tolist() == [200.0, 0.0]


def test_a_probability_of_0_has_the_loss_of_keras():
    found = scorer(False, classes=2).scores(np.array([[1.0, 0.0]], np.float32), np.array([1]))
    loss = keras.losses.SparseCategoricalCrossentropy()(np.array([1]), np.array([[1.0, 0.0]], np.float32))
    assert found.loss == pytest.approx(float(loss), rel=1e-6)


def test_half_precision_is_computed_in_single_precision():
    half = LOGITS.astype(np.float16)
    expect(scorer(True).scores(half, LABELS), softmax(half.astype(np.float64), axis=1))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_outputs_that_are_not_finite_have_no_probability(value):
    found = scorer(True).scores(np.array([[0, 1, 2, 3, value]], np.float32), np.array([0]))
    assert np.isnan(found.probability[0])
    assert np.isnan(found.loss[0])


def test_a_sequence_has_the_position_whose_label_is_the_least_probable():
    outputs = np.log(np.array([[[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[0.5, 0.5], [0.3, 0.7], [0.9, 0.1]]]))
    labels = np.array([[0, 0, 1], [0, 1, 1]])
    found = scorer(True, classes=2, task="sequence").scores(outputs, labels)
    assert found.position.tolist() == [1, 2]
    assert found.probability == pytest.approx([0.2, 0.1], rel=1e-6)
    assert found.predicted.tolist() == [1, 0]
    assert found.predicted_probability == pytest.approx([0.8, 0.9], rel=1e-6)
    assert found.loss == pytest.approx(-np.log([0.9 * 0.2 * 0.4, 0.5 * 0.7 * 0.1]) / 3, rel=1e-6)


def test_positions_outside_of_the_mask_do_not_count():
    outputs = np.log(np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.3, 0.7]]]))
    labels, mask = np.array([[0, 0], [0, 1]]), np.array([[True, False], [False, False]])
    found = scorer(True, classes=2, task="sequence").scores(outputs, labels, mask)
    assert found.position[0] == 0
    assert found.probability[0] == pytest.approx(0.9, rel=1e-6)
    assert found.loss[0] == pytest.approx(-np.log(0.9), rel=1e-5)
    assert np.isnan([found.probability[1], found.loss[1]]).all()


def test_masks_of_images_are_reduced_to_one_score():
    logits = generator.standard_normal((3, 4, 6, 5)).astype(np.float32)
    labels = generator.integers(0, 5, (3, 4, 6))
    found = scorer(True, task="sequence").scores(logits, labels)
    given = np.take_along_axis(softmax(logits.astype(np.float64), axis=-1), labels[..., None], -1).reshape(3, -1)
    assert found.position.tolist() == given.argmin(axis=1).tolist()
    assert found.probability == pytest.approx(given.min(axis=1), rel=3e-6)
    assert found.loss == pytest.approx(-np.log(given).mean(axis=1), rel=3e-6)


def test_outputs_of_another_shape_have_no_scores():
    assert scorer(True).scores(np.zeros((4, 3), np.float32), np.zeros(4, np.int64)) is None


def test_other_tasks_and_outputs_of_unknown_meaning_have_no_scorer():
    assert scorer(None) is None
    assert scorer(True, "numbers", task="multilabel") is None
    assert scorer(True, "numbers", task="regression") is None
