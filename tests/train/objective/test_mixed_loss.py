import keras
import numpy as np
import pytest

from kpipe.data.mix.mixed_labels import mixed_labels
from kpipe.train.objective.mixed_loss import MixedLoss

RNG = np.random.default_rng(0)
WEIGHTS = np.array([0.9, 0.2, 0.5, 1.0], np.float32)
PERMUTATION = np.array([1, 3, 0, 2])
SAMPLE_WEIGHT = np.array([1, 2, 0.5, 4], np.float32)
SPARSE = keras.losses.SparseCategoricalCrossentropy
CASES = {
    "classes": (lambda: SPARSE(from_logits=True), RNG.integers(0, 3, 4), (4, 3)),
    "one-hot labels": (
        lambda: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        np.eye(3, dtype=np.float32)[[0, 2, 1, 1]],
        (4, 3),
    ),
    "focal": (
        lambda: keras.losses.CategoricalFocalCrossentropy(from_logits=True),
        np.eye(3, dtype=np.float32)[[0, 2, 1, 1]],
        (4, 3),
    ),
    "binary": (
        lambda: keras.losses.BinaryCrossentropy(from_logits=True),
        np.array([[0], [1], [1], [0]], np.float32),
        (4, 1),
    ),
    "multilabel": (
        lambda: keras.losses.BinaryCrossentropy(from_logits=True),
        RNG.integers(0, 2, (4, 5)).astype(np.float32),
        (4, 5),
    ),
    "regression": (keras.losses.MeanSquaredError, RNG.normal(size=(4, 2)).astype(np.float32), (4, 2)),
    "Huber": (keras.losses.Huber, RNG.normal(size=(4, 1)).astype(np.float32), (4, 1)),
    "sequence": (lambda: SPARSE(from_logits=True), RNG.integers(0, 3, (4, 6)), (4, 6, 3)),
    "grid": (lambda: SPARSE(from_logits=True), RNG.integers(0, 3, (4, 4, 2)), (4, 4, 2, 3)),
    "sum": (lambda: keras.losses.MeanSquaredError(reduction="sum"), RNG.normal(size=(4, 2)), (4, 2)),
}


def per_sample(loss, labels, prediction):
    """The mean loss of each sample, one by one."""
    loss.reduction = "mean"
    return np.array(
        [float(loss(labels[row : row + 1], prediction[row : row + 1])) for row in range(len(labels))], np.float64
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_the_weighted_sum_of_both_losses(name, weighted):
    make, labels, shape = CASES[name]
    prediction = RNG.normal(size=shape).astype(np.float32)
    factors = SAMPLE_WEIGHT if weighted else None
    found = float(MixedLoss(make())(mixed_labels(labels, WEIGHTS, PERMUTATION, factors), prediction))
    own = per_sample(make(), labels, prediction)
    other = per_sample(make(), labels[PERMUTATION], prediction)
    ones = SAMPLE_WEIGHT.astype(np.float64) if weighted else np.ones(4)
    terms = WEIGHTS * ones * own + (1 - WEIGHTS) * ones[PERMUTATION] * other
    expected = terms.sum() if name == "sum" else terms.mean()
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_mean_over_weights_divides_by_the_sum_of_the_mixed_weights():
    labels, prediction = RNG.normal(size=(4, 1)), RNG.normal(size=(4, 1)).astype(np.float32)
    loss = MixedLoss(keras.losses.MeanSquaredError(reduction="mean_with_sample_weight"))
    found = float(loss(mixed_labels(labels, WEIGHTS, PERMUTATION, SAMPLE_WEIGHT), prediction))
    first, second = WEIGHTS * SAMPLE_WEIGHT, (1 - WEIGHTS) * SAMPLE_WEIGHT[PERMUTATION]
    errors = [((values - prediction) ** 2)[:, 0] for values in (labels, labels[PERMUTATION])]
    expected = (first * errors[0] + second * errors[1]).sum() / (first + second).sum()
    assert found == pytest.approx(expected, rel=1e-6)


def test_weights_of_1_are_the_loss_itself():
    make, labels, shape = CASES["classes"]
    prediction = RNG.normal(size=shape).astype(np.float32)
    packed = mixed_labels(labels, np.ones(4, np.float32), PERMUTATION)
    assert float(MixedLoss(make())(packed, prediction)) == pytest.approx(float(make()(labels, prediction)), rel=1e-7)
