"""RandomShorterSide against SmallestMaxSize with a list."""

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.transforms.random_shorter_side import RandomShorterSide


@pytest.mark.parametrize("shape", [(20, 30, 3), (33, 17, 1)])
def test_it_is_smallest_max_size_with_all_integers_of_the_range(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    ours = Augmentation([{"RandomShorterSide": {"size_range": [8, 40]}}])
    theirs = Augmentation([{"SmallestMaxSize": {"max_size": list(range(8, 41))}}])
    sides = set()
    for place in range(50):
        made = ours(image, 1, 0, place)
        np.testing.assert_array_equal(made, theirs(image, 1, 0, place))
        sides.add(min(made.shape[:2]))
    assert len(sides) > 20 and min(sides) >= 8 and max(sides) <= 40


@pytest.mark.parametrize("size_range", [(0, 5), (6, 5)])
def test_wrong_ranges_are_refused(size_range):
    with pytest.raises(ValueError, match="size_range"):
        RandomShorterSide(size_range=size_range)
