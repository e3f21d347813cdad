"""RandAugment."""

import random
from collections import Counter

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.rand_augment import RandAugment
from kpipe.errors import ArgumentError


def test_operations_are_drawn_uniformly_with_replacement_in_any_order():
    (choice,) = compose(RandAugment(number=2).transforms()).transforms
    choice.set_random_state(np.random.default_rng(0), random.Random(0))
    drawn = Counter(tuple(int(n) for n in choice._get_idx()) for _ in range(14 * 14 * 50))
    # Five standard deviations of each count.
    assert len(drawn) == 14 * 14
    assert max(abs(count - 50) for count in drawn.values()) < 5 * np.sqrt(50)
    assert all(one.p == 1 for one in choice.transforms)


@pytest.mark.parametrize("magnitude", [0, 4.5, 10, 30])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_image(magnitude, channels):
    augmentation = Augmentation(RandAugment(number=3, magnitude=magnitude).transforms())
    image = np.random.default_rng(0).integers(0, 256, (12, 9, channels), np.uint8)
    for place in range(30):
        made = augmentation(image, 1, 0, place)
        assert (made.shape, made.dtype) == (image.shape, image.dtype)


@pytest.mark.parametrize("values", [{"number": 0}, {"magnitude": 31}, {"fill": -1}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ArgumentError, match="expected"):
        RandAugment(**values)
