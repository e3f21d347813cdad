"""The share of dead units of small layers is judged with two standard errors of a share of one half."""

import numpy as np
import pytest

from kpipe.judge.dead_by_chance import dead_by_chance


@pytest.mark.parametrize("channels", [9, 16, 64, 400])
def test_few_layers_have_more_dead_units_by_chance(channels):
    shares = np.random.default_rng(0).binomial(channels, 0.5, 100_000) / channels
    assert np.mean(shares > dead_by_chance(channels)) < 0.03


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_all_units_of_a_layer_of_four_can_be_dead(channels):
    assert dead_by_chance(channels) == 1
