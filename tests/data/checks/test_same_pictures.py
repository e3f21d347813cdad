"""Tests of the comparison of images that look alike: few structures have to agree in all parts, photos as a whole."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from kpipe.data.checks.near_pairs import near_pairs
from kpipe.data.checks.perceptual_hashes import perceptual_hashes
from kpipe.data.checks.same_pictures import same_pictures
from tests.data.checks.samples import textured


def rectangles(count):
    rng = np.random.default_rng(0)
    images = np.empty((count, 48, 48, 3), np.uint8)
    for image in images:
        image[:] = rng.integers(0, 256, 3)
        height, width = rng.integers(4, 12, 2)
        top, left = rng.integers(0, 48 - height), rng.integers(0, 48 - width)
        image[top : top + height, left : left + width] = rng.integers(0, 256, 3)
    return images


def enlarged(image, size=32):
    return cv2.resize((image * 255 / 16).astype(np.uint8), (size, size))


def encoded(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


DIGITS = np.stack([enlarged(image) for image in load_digits().images])


def test_handwritten_digits_are_different():
    assert len(near_pairs(perceptual_hashes(DIGITS[..., None], 255))) == 0


def test_shapes_on_a_flat_ground_are_different():
    assert len(near_pairs(perceptual_hashes(rectangles(1000), 255))) == 0


@pytest.mark.parametrize("quality", [50, 75])
@pytest.mark.parametrize("mirrored", [False, True])
def test_copies_of_digits_are_found(quality, mirrored):
    copies = np.stack([encoded(np.fliplr(image) if mirrored else image, quality) for image in DIGITS[:50]])
    pairs = near_pairs(perceptual_hashes(np.concatenate([DIGITS[:50], copies])[..., None], 255))
    assert (pairs.second - pairs.first).tolist() == [50] * 50
    assert (pairs.mirrored == mirrored).all()


def test_the_color_of_a_shape_has_to_agree():
    red, blue = np.full((2, 1, 32, 32, 3), 128, np.uint8)
    red[:, 8:20, 10:16, 0], blue[:, 8:20, 10:16, 2] = 255, 255
    assert not same_pictures(red, blue).item()
    assert same_pictures(red, encoded(red[0], 75)[None]).item()


def test_photos_may_differ_in_color_and_parts():
    image = textured(1)
    other = image // 2 + 60
    other[:, 12:20, 12:20] = image[:, 12:20, 12:20]
    assert same_pictures(image, other).item()
