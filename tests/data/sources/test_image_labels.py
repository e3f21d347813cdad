from pathlib import Path

import numpy as np
import pytest
from golden import raises
from PIL import Image

from kpipe.data.images.image_file import check
from kpipe.data.sources.image_labels import ImageLabels
from kpipe.data.sources.source import OpenContext
from kpipe.errors import ArgumentError, DataError


def labels(arrays, size=None):
    paths = []
    for index, array in enumerate(arrays):
        paths.append(Path(f"{index}.png"))
        Image.fromarray(array).save(paths[-1])
    return ImageLabels("mask", "masks", paths, [check(path) for path in paths], size)


@pytest.fixture
def context(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    return OpenContext(said.append, 0, Path("cache")), said


MASKS = [np.array([[1, 3], [1, 7]], np.uint8), np.array([[7, 7], [3, 1]], np.uint8)]


def test_values_become_indices_in_ascending_order_and_are_decoded_once(context):
    found, values = labels(MASKS).masks(context[0])
    assert values == [1, 3, 7]
    np.testing.assert_array_equal(found, [[[0, 1], [0, 2]], [[2, 2], [1, 0]]])
    assert isinstance(found, np.memmap)
    again, values = labels(MASKS).masks(context[0])
    np.testing.assert_array_equal(again, found)
    assert values == [1, 3, 7]
    assert len(context[1]) == 1


def test_masks_are_resized_by_the_nearest_pixel_and_images_by_their_area(context):
    wide = [np.repeat(np.repeat(mask, 4, 0), 4, 1) for mask in MASKS]
    found, _ = labels(wide, (2, 2)).masks(context[0])
    np.testing.assert_array_equal(found, [[[0, 1], [0, 2]], [[2, 2], [1, 0]]])
    pixels = labels([np.arange(16, dtype=np.uint8).reshape(4, 4)] * 2, (2, 2)).pixels(context[0])
    means = np.array([[2.5, 4.5], [10.5, 12.5]]) / 255
    np.testing.assert_allclose(pixels[0, ..., 0], means, rtol=1e-6)


def test_the_pixels_of_images_are_fractions(context):
    color = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    found = labels([color, color]).pixels(context[0])
    assert (found.shape, found.dtype) == ((2, 3, 5, 3), np.float32)
    np.testing.assert_allclose(found[1], color / 255, rtol=1e-6)


def test_other_sizes_and_a_single_value_are_refused(context):
    with raises(ArgumentError):
        labels([MASKS[0], np.ones((3, 2), np.uint8)]).masks(context[0])
    with raises(DataError):
        labels([np.ones((2, 2), np.uint8)]).masks(context[0])
