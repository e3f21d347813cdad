import numpy as np
import pytest

from kpipe.data.mix.mixed_labels import MixedLabels, mixed_labels

WEIGHTS = np.array([0.9, 0.2, 0.5], np.float32)
PERMUTATION = np.array([1, 2, 0])


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3)])
def test_the_first_label_is_that_of_the_larger_weight(shape):
    labels = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    found = MixedLabels.of(mixed_labels(labels, WEIGHTS, PERMUTATION))
    np.testing.assert_array_equal(found.first, labels[[0, 2, 2]])
    np.testing.assert_array_equal(found.second, labels[[1, 1, 0]])
    np.testing.assert_allclose(found.first_factor, [0.9, 0.8, 0.5], rtol=1e-6)
    np.testing.assert_allclose(found.second_factor, [0.1, 0.2, 0.5], rtol=1e-6)


def test_sample_weights_belong_to_the_label():
    sample_weight = np.array([1, 2, 4], np.float32)
    found = MixedLabels.of(mixed_labels(np.array([7, 8, 9]), WEIGHTS, PERMUTATION, sample_weight))
    np.testing.assert_array_equal(found.first, [7, 9, 9])
    np.testing.assert_allclose(found.first_factor, [0.9, 0.8 * 4, 0.5 * 4], rtol=1e-6)
    np.testing.assert_allclose(found.second_factor, [0.1 * 2, 0.2 * 2, 0.5], rtol=1e-6)
