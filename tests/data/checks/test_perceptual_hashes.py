"""Tests of perceptual hashes against OpenCV's resizing and cosine transform, and under changes of images."""

import cv2
import numpy as np
import pytest

from kpipe.data.checks.perceptual_hashes import perceptual_hashes
from tests.data.checks.samples import textured


def reference(image):
    """The coefficients of an image and its small version by OpenCV."""
    grey = (image.astype(np.float32) @ np.float32([0.299, 0.587, 0.114])).astype(np.float32)
    low = cv2.dct(cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA))[:8, :8].reshape(-1)
    small = cv2.resize(grey, (16, 16), interpolation=cv2.INTER_AREA)
    return low, small - small.mean()


@pytest.mark.parametrize("size", [32, 45, 64])
def test_bits_and_small_images_are_those_of_opencv(size):
    images = textured(20, size)
    found = perceptual_hashes(images, 255)
    for image, hashed, small in zip(images, found.hashes, found.small, strict=True):
        low, expected = reference(image)
        bits = np.unpackbits(np.array([hashed]).view(np.uint8)).astype(bool)
        # A coefficient at the median itself may be on either side.
        decided = np.abs(low - np.median(low[1:])) > 1e-3 * np.abs(low[1:]).max()
        np.testing.assert_array_equal(bits[decided], (low > np.median(low[1:]))[decided])
        np.testing.assert_allclose(small, expected * 127 / np.abs(expected).max(), atol=0.51)


def test_mirrored_hashes_are_those_of_mirrored_images():
    images = textured(20, 40)
    whole, mirrored = perceptual_hashes(images, 255), perceptual_hashes(images[:, :, ::-1], 255)
    assert (np.bitwise_count(whole.mirrored ^ mirrored.hashes) <= 1).all()
    assert (np.bitwise_count(whole.hashes ^ mirrored.hashes) > 4).all()


def test_lists_of_images_of_different_sizes():
    images = [textured(1, size)[0] for size in (32, 40, 50)]
    found = perceptual_hashes(images, 255)
    each = [perceptual_hashes(image[None], 255) for image in images]
    assert found.hashes.tolist() == [int(one.hashes[0]) for one in each]


def test_a_larger_range_of_values_does_not_matter():
    images = textured(5, 40, channels=1)
    bytes_, words = perceptual_hashes(images, 255), perceptual_hashes(images.astype(np.uint16) * 257, 65535)
    assert (np.bitwise_count(bytes_.hashes ^ words.hashes) <= 1).all()
    assert words.usable.all()


def test_images_without_structure_and_small_ones_are_not_compared():
    images = textured(4, 40)
    images[1] = 90
    images[2] = np.random.default_rng(0).integers(89, 92, images[2].shape)
    assert perceptual_hashes(images, 255).usable.tolist() == [True, False, False, True]
    assert not perceptual_hashes([textured(1, 40)[0, :31]], 255).usable.any()
