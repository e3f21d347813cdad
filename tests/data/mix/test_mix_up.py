import numpy as np
import pytest
from golden import raises

from kpipe.data.mix import MixUp
from kpipe.errors import ArgumentError


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_the_weights_have_the_moments_of_the_beta_distribution(alpha):
    weights = MixUp(alpha).draw(np.random.default_rng(0), 200_000, None, None).weights
    np.testing.assert_allclose(weights.mean(), 0.5, atol=0.005)
    np.testing.assert_allclose(weights.var(), 1 / (4 * (2 * alpha + 1)), rtol=0.02)


def test_each_sample_is_the_partner_of_exactly_one():
    assert sorted(MixUp().draw(np.random.default_rng(0), 9, None, None).permutation) == list(range(9))


@pytest.mark.parametrize("alpha", [0, -1.0, float("nan")])
def test_alpha_is_greater_than_0(alpha):
    with raises(ArgumentError):
        MixUp(alpha)
