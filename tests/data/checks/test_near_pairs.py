"""Tests of images that look alike: changed copies are found, other images are not."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from kpipe.data.checks.near_pairs import near_pairs
from kpipe.data.checks.perceptual_hashes import perceptual_hashes
from tests.data.checks.samples import textured

IMAGES = textured(200, 48)


def encoded(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def resized(image):
    larger = cv2.resize(image, (70, 70), interpolation=cv2.INTER_CUBIC)
    return cv2.resize(larger, (48, 48), interpolation=cv2.INTER_AREA)


CHANGES = {
    "quality 75": lambda image: encoded(image, 75),
    "resized": resized,
    "brighter": lambda image: cv2.convertScaleAbs(image, alpha=1.1),
    "grey": lambda image: np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2),
}


def found(images):
    pairs = near_pairs(perceptual_hashes(images, 255))
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.mirrored.tolist(), strict=True))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("mirrored", [False, True])
def test_changed_copies_are_found(change, mirrored):
    copies = np.stack([CHANGES[change](np.ascontiguousarray(image)) for image in IMAGES[:20]])
    pairs = found(np.concatenate([IMAGES, copies[:, :, ::-1] if mirrored else copies]))
    expected = [(index, 200 + index, mirrored) for index in range(20)]
    assert len(set(expected) & set(pairs)) >= 19
    assert set(pairs) <= set(expected)


def test_other_images_are_not_alike():
    assert found(IMAGES) == []


def test_a_symmetric_image_is_no_copy_of_itself():
    image = IMAGES[:1] // 2 + IMAGES[:1, :, ::-1] // 2
    assert found(image) == []
    assert found(np.concatenate([image, image])) == [(0, 1, False)]


def test_equal_hashes_of_different_pixels_are_not_confirmed():
    one, other = perceptual_hashes(IMAGES[:1], 255), perceptual_hashes(IMAGES[1:2], 255)
    both = type(one)(
        np.concatenate([one.hashes, one.hashes]),
        np.concatenate([one.mirrored, one.mirrored]),
        np.concatenate([one.small, other.small]),
        np.concatenate([one.details, other.details]),
        np.array([True, True]),
    )
    assert len(near_pairs(both)) == 0
