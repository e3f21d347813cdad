"""Sharpness against Pillow."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.transforms.sharpness import Sharpness


@pytest.mark.parametrize("factor", [0, 0.1, 0.64, 1, 1.36, 1.9, 3])
@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 5, 3), (3, 3, 3), (32, 47, 3), (20, 20, 1)])
def test_it_is_equal_to_pillow_within_one_level(factor, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    made = Sharpness(factor=(factor, factor), p=1)(image=image)["image"]
    pillow = ImageEnhance.Sharpness(Image.fromarray(image.squeeze(2) if shape[2] == 1 else image)).enhance(factor)
    expected = np.asarray(pillow).reshape(shape)
    assert (made.shape, made.dtype) == (shape, np.uint8)
    assert np.abs(made.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(made[[0, -1]], image[[0, -1]])
    np.testing.assert_array_equal(made[:, [0, -1]], image[:, [0, -1]])


def test_images_of_16_bits():
    image = np.random.default_rng(0).integers(0, 65536, (9, 9, 3)).astype(np.uint16)
    made = Augmentation([{"Sharpness": {"factor": [0, 0], "p": 1}}])(image, 1, 0, 0)
    mean = sum(image[1 + y : 8 + y, 1 + x : 8 + x].astype(float) for y in (-1, 0, 1) for x in (-1, 0, 1))
    expected = (mean + 4 * image[1:-1, 1:-1].astype(float)) / 13
    np.testing.assert_allclose(made[1:-1, 1:-1], expected, atol=0.05)


@pytest.mark.parametrize("factor", [(-1, 1), (2, 1)])
def test_wrong_factors_are_refused(factor):
    with pytest.raises(ValueError, match="factor"):
        Sharpness(factor=factor)
