"""Shares are weighted means of one-hot labels, and minimize the crossentropy."""

import numpy as np
import pytest

from kpipe.train.objective.label_shares import label_shares


def test_exclusive_classes_in_both_forms():
    labels, weights = np.array([0, 2, 2, 1]), np.array([1.0, 2.0, 1.0, 4.0])
    expected = np.array([1, 4, 3]) / 8
    np.testing.assert_allclose(label_shares("sparse", labels, 3, weights), expected)
    np.testing.assert_allclose(label_shares("one_hot", np.eye(3)[labels], 3, weights), expected)
    np.testing.assert_allclose(label_shares("sparse", labels, 3), [0.25, 0.25, 0.5])


def test_weights_of_samples_apply_to_all_positions_of_a_sequence():
    labels, weights = np.array([[0, 0, 1], [1, 1, 1]]), np.array([[2.0], [1.0]])
    np.testing.assert_allclose(label_shares("sparse", labels, 2, weights), [4 / 9, 5 / 9])
    np.testing.assert_allclose(label_shares("one_hot", np.eye(2)[labels], 2, weights), [4 / 9, 5 / 9])


def test_each_label_of_a_multi_label_target():
    labels = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], np.float32)
    np.testing.assert_allclose(label_shares("numbers", labels, 2, independent=True), [0.75, 0.25])
    weights = np.array([1.0, 1.0, 2.0, 0.0])
    np.testing.assert_allclose(label_shares("numbers", labels, 2, weights, independent=True), [0.5, 0.25])


def test_bounds_and_weights_of_zero():
    assert label_shares("sparse", np.array([0, 0]), 2).tolist() == [1.0, 1e-7]
    assert label_shares("binary", np.array([[1.0], [1.0]]), 2, independent=True).tolist() == [1 - 1e-7]
    assert label_shares("sparse", np.array([0, 1]), 2, np.zeros(2)).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("independent", [False, True])
def test_no_other_constant_has_a_lower_loss(independent):
    generator = np.random.default_rng(0)
    labels, weights = np.eye(3)[generator.integers(0, 3, 50)], generator.uniform(0, 2, 50)

    def loss(p):
        terms = labels * np.log(p) + (1 - labels) * np.log(1 - p) * independent
        return -np.average(terms.sum(axis=1), weights=weights)

    best = label_shares("one_hot", labels, 3, weights, independent=independent)
    for _ in range(200):
        other = best * np.exp(0.1 * generator.standard_normal(3))
        other = np.clip(other if independent else other / other.sum(), 1e-6, 1 - 1e-6)
        assert loss(other) >= loss(best)
