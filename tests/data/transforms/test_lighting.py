"""Lighting."""

import random

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.shapes import output_shapes
from kpipe.data.transforms.lighting import Lighting
from kpipe.errors import SpecError


def colors(alpha, count=4000):
    """The color that is added to grey images, in [0, 1], drawn as an augmentation draws it."""
    made = compose([{"Lighting": {"alpha": alpha}}])
    made.set_random_state(np.random.default_rng(0), random.Random(0))
    grey = np.full((1, 1, 3), 0.5, np.float32)
    return np.array([made(image=grey)["image"][0, 0] for _ in range(count)], np.float64) - 0.5


def test_the_covariance_is_that_of_the_paper():
    drawn = colors(0.05)
    values, vectors = np.linalg.eigh(np.cov(drawn.T))
    # The standard deviation of a normal distribution's standard deviation is 1 / sqrt(2 n) of it.
    deviations = 0.05 * np.array([0.0045, 0.0188, 0.2175])
    np.testing.assert_allclose(np.sqrt(values), deviations, rtol=4 / np.sqrt(2 * 4000))
    # As published for ImageNet: brightness, then blue against red, then green against red and blue.
    expected = np.array([[0.4009, -0.8140, 0.4203], [0.7192, -0.0045, -0.6948], [-0.5675, -0.5808, -0.5836]])
    assert np.abs((vectors.T * expected).sum(axis=1)) == pytest.approx(1, abs=2e-3)
    assert np.abs(drawn.mean(axis=0)).max() < 4 * 0.05 * 0.2175 / np.sqrt(4000)


def test_all_pixels_of_bytes_change_by_the_same_color_and_are_clipped():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    transform = Lighting(alpha=1)
    made = transform.apply(image, color=np.array([0.1, -0.2, 0.0011]))
    np.testing.assert_array_equal(made, np.clip(np.rint(image + np.array([25.5, -51, 0.2805])), 0, 255))
    assert made.dtype == np.uint8


def test_images_of_16_bits():
    image = np.random.default_rng(0).integers(0, 65536, (9, 7, 3)).astype(np.uint16)
    made = Augmentation(["Lighting"])(image, 1, 0, 0)
    change = (made - image.astype(float))[(image > 20000).all(axis=2) & (image < 45000).all(axis=2)]
    assert np.abs(change).max() > 1
    np.testing.assert_allclose(change, np.broadcast_to(change[0], change.shape), atol=0.05)


def test_grey_images_are_refused():
    with pytest.raises(SpecError, match=r"Lighting cannot be applied .* 1 channel of uint8: expected a color image"):
        output_shapes(["Lighting"], (8, 8, 1), "uint8")


def test_a_wrong_deviation_is_refused():
    with pytest.raises(ValueError, match="alpha"):
        Lighting(alpha=-1)
