"""Geometric."""

import random

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.geometric import Geometric
from kpipe.errors import ArgumentError


def test_nothing_is_changed_where_all_amounts_are_zero():
    image = np.random.default_rng(0).integers(0, 256, (13, 16, 3), np.uint8)
    transforms = Geometric(translation=0, rotation=0, stretch=0, shear=0, distortion=0).transforms()
    assert len(transforms) == 1
    np.testing.assert_array_equal(Augmentation(transforms)(image, 1, 0, 0), image)


def test_amounts_are_independent_and_have_both_signs():
    affine = compose(Geometric().transforms()).transforms[0]
    affine.set_random_state(np.random.default_rng(0), random.Random(0))
    drawn = []
    for _ in range(1000):
        made = affine.get_params_dependent_on_data({"shape": (100, 100, 3)}, {})
        shear, translation = affine._get_shear_params(), affine._get_translate_params((100, 100))
        drawn.append((made["rotate"], *made["scale"].values(), *shear.values(), *translation.values()))
    amounts = np.array(drawn) - [0, 1, 1, 0, 0, 0, 0]
    limits = np.array([15, 0.1, 0.1, 5, 5, 10, 10])
    assert (np.abs(amounts).max(axis=0) <= limits).all()
    assert (np.abs(amounts).max(axis=0) >= 0.9 * limits).all()
    assert np.abs((amounts > 0).mean(axis=0) - 0.48).max() < 0.09
    correlation = np.corrcoef(amounts.T) - np.eye(7)
    assert np.abs(correlation).max() < 4 / np.sqrt(1000)


def test_the_lens_moves_the_corners():
    image = np.zeros((32, 32, 1), np.uint8)
    image[2, 2] = 255
    transforms = Geometric(translation=0, rotation=0, stretch=0, shear=0, distortion=0.5).transforms()
    made = [Augmentation(transforms)(image, 1, 0, place) for place in range(4)]
    assert all((one != image).any() for one in made)


@pytest.mark.parametrize("values", [{"rotation": -1}, {"stretch": 1}, {"fill": 256}, {"translation": "a"}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ArgumentError, match="expected a number"):
        Geometric(**values)
