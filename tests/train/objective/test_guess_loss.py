"""The loss of a guess is that of closed forms and of NumPy."""

import keras
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.train.objective.guess_loss import guess_loss
from kpipe.train.objective.objective import Objective, TargetObjective
from tests.judge.benches import bench_of

losses = keras.losses
LABELS = np.array([0, 0, 1, 2])
ENTROPY = -(0.5 * np.log(0.5) + 2 * 0.25 * np.log(0.25))
NUMBERS = np.array([0.0, 1.0, 2.0, 9.0], "float32")


def target(task, classes=None, shape=()):
    return Target("y", task, None if classes is None else tuple(map(str, range(classes))), shape)


def item(own, form, shape, make_loss, activation="softmax", logits=False, weight=1.0):
    return TargetObjective(own, activation, logits, form, shape, make_loss, list, weight)


def found(own, labels, weights=None):
    return guess_loss(Objective({"y": own}), {"y": labels}, None if weights is None else {"y": weights})


def expect(guess, uniform, trivial):
    assert (guess.uniform, guess.trivial) == (pytest.approx(uniform, rel=1e-5), pytest.approx(trivial, rel=1e-5))


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("form", ["sparse", "one_hot"])
def test_classes(form, logits):
    kind = losses.SparseCategoricalCrossentropy if form == "sparse" else losses.CategoricalCrossentropy
    activation = "logits" if logits else "softmax"
    own = item(target("classification", 3), form, (3,), lambda: kind(from_logits=logits), activation, logits)
    expect(found(own, LABELS), np.log(3), ENTROPY)


@pytest.mark.parametrize("logits", [False, True])
def test_two_classes_with_one_output(logits):
    activation = "logits" if logits else "sigmoid"
    own = item(
        target("classification", 2),
        "binary",
        (1,),
        lambda: losses.BinaryCrossentropy(from_logits=logits),
        activation,
        logits,
    )
    share = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    expect(found(own, np.array([0, 1, 1, 1])), np.log(2), share)


@pytest.mark.parametrize("logits", [False, True])
def test_several_labels(logits):
    activation = "logits" if logits else "sigmoid"
    own = item(
        target("multilabel", 2, (2,)),
        "numbers",
        (2,),
        lambda: losses.BinaryCrossentropy(from_logits=logits),
        activation,
        logits,
    )
    labels = np.array([[1, 0], [1, 1], [0, 1], [1, 1]], "float32")
    expect(found(own, labels), np.log(2), -(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))


def test_sequences_of_known_and_unknown_length():
    for length in (3, None):
        own = item(target("sequence", 3, (3,)), "sparse", (length, 3), lambda: losses.SparseCategoricalCrossentropy())
        labels = np.array([[0, 0, 1], [0, 0, 2], [0, 0, 1], [1, 2, 2]])
        expect(found(own, labels), np.log(3), ENTROPY)


def test_masks():
    own = item(target("sequence", 3, (2, 2)), "sparse", (2, 2, 3), lambda: losses.SparseCategoricalCrossentropy())
    labels = np.array([[[0, 0], [1, 2]], [[0, 1], [0, 2]]])
    expect(found(own, labels), np.log(3), ENTROPY)


def huber(errors):
    size = np.abs(errors)
    return np.mean(np.where(size <= 1, 0.5 * size**2, size - 0.5))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (losses.MeanSquaredError, np.var(NUMBERS)),
        (losses.MeanAbsoluteError, np.mean(np.abs(NUMBERS - 1.5))),
        (losses.Huber, min(huber(NUMBERS - 1.5), huber(NUMBERS - 3))),
    ],
)
def test_numbers(kind, expected):
    own = item(target("regression"), "numbers", (1,), kind, "other", None)
    expect(found(own, NUMBERS), expected, expected)


def test_vectors_have_the_variance_of_each_number():
    own = item(target("regression", shape=(2,)), "numbers", (2,), losses.MeanSquaredError, "other", None)
    labels = np.stack([NUMBERS, 2 * NUMBERS], axis=1)
    expect(found(own, labels), np.var(NUMBERS) * 2.5, np.var(NUMBERS) * 2.5)


def test_constant_numbers_have_no_loss():
    own = item(target("regression"), "numbers", (1,), losses.MeanSquaredError, "other", None)
    expect(found(own, np.full(4, 3.0, "float32")), 0, 0)


def test_sample_weights_multiply_the_losses():
    own = item(target("regression"), "numbers", (1,), losses.MeanSquaredError, "other", None)
    weights = np.array([0.5, 1, 2, 0], "float32")
    by_answer = [np.mean(weights * (NUMBERS - answer) ** 2) for answer in (NUMBERS.mean(), np.median(NUMBERS))]
    expect(found(own, NUMBERS, weights), min(by_answer), min(by_answer))
    classes = item(target("classification", 3), "sparse", (3,), losses.SparseCategoricalCrossentropy)
    assert found(classes, LABELS, weights).uniform == pytest.approx(np.log(3) * weights.mean(), rel=1e-5)


def test_several_targets_are_added_with_their_weights():
    objective = Objective(
        {
            "y": item(target("classification", 3), "sparse", (3,), losses.SparseCategoricalCrossentropy, weight=2.0),
            "z": item(target("regression"), "numbers", (1,), losses.MeanSquaredError, "other", None, weight=0.5),
        }
    )
    guess = guess_loss(objective, {"y": LABELS, "z": NUMBERS})
    expect(guess, 2 * np.log(3) + np.var(NUMBERS) / 2, 2 * ENTROPY + np.var(NUMBERS) / 2)


def test_label_smoothing_does_not_change_the_loss_of_equal_probabilities():
    own = item(
        target("classification", 3), "one_hot", (3,), lambda: losses.CategoricalCrossentropy(label_smoothing=0.1)
    )
    assert found(own, LABELS).uniform == pytest.approx(np.log(3), rel=1e-5)


@pytest.mark.parametrize(("activation", "logits", "shape"), [("other", None, (3,)), ("softmax", False, (2, 3))])
def test_other_outputs_have_no_guess(activation, logits, shape):
    kind = losses.SparseCategoricalCrossentropy
    assert found(item(target("classification", 3), "sparse", shape, kind, activation, logits), LABELS) is None


def test_a_loss_that_is_not_finite_has_no_guess():
    own = item(target("regression"), "numbers", (1,), losses.MeanSquaredError, "other", None)
    assert found(own, np.array([0, np.inf], "float32")) is None


@pytest.mark.slow
def test_prepared_targets_have_the_variance_of_what_the_model_predicts():
    spec = "name: a\ndata: {source: Diabetes, prepare_targets: [Standardize]}\nmodel: [{Dense: {units: 1}}]\n"
    with bench_of(spec) as bench:
        assert bench.guess.uniform == pytest.approx(1, rel=1e-4)
