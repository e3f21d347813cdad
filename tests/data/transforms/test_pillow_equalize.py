"""PillowEqualize against Pillow."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.transforms.pillow_equalize import PillowEqualize


@pytest.mark.parametrize("shape", [(1, 1, 3), (9, 9, 3), (32, 32, 3), (33, 47, 3), (200, 224, 3), (32, 32, 1)])
@pytest.mark.parametrize("limits", [(0, 256), (60, 130), (200, 201), (0, 2), (254, 256)])
def test_it_is_equal_to_pillow(shape, limits):
    image = np.random.default_rng(0).integers(*limits, shape, np.uint8)
    pillow = ImageOps.equalize(Image.fromarray(image.squeeze(2) if shape[2] == 1 else image))
    made = PillowEqualize(p=1)(image=image)["image"]
    assert (made.shape, made.dtype) == (shape, np.uint8)
    np.testing.assert_array_equal(made, np.asarray(pillow).reshape(shape))


def test_images_of_16_bits_are_equalized_in_256_levels():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    made = Augmentation([{"PillowEqualize": {"p": 1}}])(image.astype(np.uint16) * 257, 1, 0, 0)
    np.testing.assert_allclose(made, PillowEqualize(p=1)(image=image)["image"] * 257.0, atol=0.02)
