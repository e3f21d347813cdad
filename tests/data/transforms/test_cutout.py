"""Cutout."""

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.transforms.cutout import Cutout


@pytest.mark.parametrize("size", [1, 2, 3, 4, 16])
def test_the_center_is_uniform_over_all_pixels_and_the_square_is_cut_at_the_border(size):
    image = np.full((4, 5, 3), 200, np.uint8)
    cutout = Cutout(size=size, fill=7)
    cutout.set_random_seed(0)
    seen = np.zeros((4, 5))
    for _ in range(2000):
        made = cutout(image=image)["image"]
        cut = made == 7
        assert (cut | (made == 200)).all()
        seen += cut.all(axis=2)
    expected = np.zeros((4, 5))
    for row in range(4):
        for column in range(5):
            rows = [n for n in range(row - size // 2, row - size // 2 + size) if 0 <= n < 4]
            columns = [n for n in range(column - size // 2, column - size // 2 + size) if 0 <= n < 5]
            expected[np.ix_(rows, columns)] += 100
    # Four standard deviations of a count of 2000 draws are at most 90.
    assert np.abs(seen - expected).max() < 90
    assert (image == 200).all()


def test_several_squares_and_other_types():
    image = np.ones((9, 9, 1), np.float32)
    cutout = Cutout(size=1, count=3, fill=0.5)
    cutout.set_random_seed(1)
    made = cutout(image=image)["image"]
    assert made.dtype == np.float32
    assert 1 <= (made == 0.5).sum() <= 3
    assert (Augmentation([{"Cutout": {"size": 99}}])(np.full((1, 1, 3), 9, np.uint16), 1, 0, 0) == 0).all()


@pytest.mark.parametrize("values", [{"size": 0}, {"count": 0}, {"fill": -1}, {"p": 2}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        Cutout(**values)
