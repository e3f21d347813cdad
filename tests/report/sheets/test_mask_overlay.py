import numpy as np
import pytest

from kpipe.report.sheets.class_color import class_color
from kpipe.report.sheets.mask_overlay import mask_overlay


def expected(grey, index):
    return np.rint(0.45 * grey + 0.55 * np.array(class_color(index)))


def test_each_pixel_has_the_color_of_its_class_over_its_brightness():
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, 1] = (200, 100, 50)
    mask = np.array([[0, 1], [5, 900]])
    found = mask_overlay(picture, mask)
    grey = 0.299 * 200 + 0.587 * 100 + 0.114 * 50
    for place, index in np.ndenumerate(mask):
        np.testing.assert_array_equal(found[place], expected(grey if place == (0, 1) else 0, index))


@pytest.mark.parametrize(
    ("picture", "mask", "size"),
    [
        ((4, 6), (4, 6), (4, 6)),
        ((4, 6), (8, 12), (8, 12)),
        ((8, 12), (4, 6), (8, 12)),
        ((16, 16), (1024, 512), (256, 128)),
    ],
)
def test_the_larger_of_both_sizes_is_used(picture, mask, size):
    classes = np.arange(mask[0] * mask[1]).reshape(mask) % 3
    found = mask_overlay(np.zeros((*picture, 3), np.uint8), classes)
    assert found.shape == (*size, 3)
    if mask == (4, 6):
        rows, columns = np.arange(size[0]) // (size[0] // 4), np.arange(size[1]) // (size[1] // 6)
        for place in np.ndindex(size):
            index = classes[rows[place[0]], columns[place[1]]]
            np.testing.assert_array_equal(found[place], expected(0, index))


def test_the_first_classes_have_different_colors():
    colors = np.array([class_color(index) for index in range(30)], np.float64)
    distances = np.abs(colors[:, None] - colors[None]).sum(-1) + 1e9 * np.eye(30)
    assert distances.min() > 12
    assert distances[:8, :8].min() > 80
