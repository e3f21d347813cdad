"""TrivialAugment."""

import random
from collections import Counter

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.trivial_augment import TrivialAugment


def test_ranges_are_the_wide_ones():
    items = TrivialAugment().transforms()[0]["OneOf"]["transforms"]
    assert {"Posterize": {"num_bits": [2, 8], "p": 1.0}} in items
    assert {"Solarize": {"threshold_range": [0, 1.0], "p": 1.0}} in items
    assert {"Sharpness": {"factor": [0.01, 2.0], "p": 1.0}} in items
    factors = [item["ColorJitter"] for item in items if "ColorJitter" in item]
    assert sorted(key for one in factors for key, value in one.items() if value == [0.01, 2.0]) == [
        "brightness",
        "contrast",
        "saturation",
    ]
    maps = [item["Affine"] for item in items if "Affine" in item]
    assert [one["rotate"] for one in maps if "rotate" in one] == [[-135, 135]]
    assert [one["translate_px"]["x"] for one in maps if "translate_px" in one] == [[-32, 32], [0, 0]]
    shears = [one["shear"] for one in maps if "shear" in one]
    assert np.tan(np.radians(shears[0]["x"])) == pytest.approx([-0.99, 0.99])
    assert shears[1] == {"x": [0, 0], "y": shears[0]["x"]}


def test_each_operation_is_drawn_equally_often_and_always_applied():
    (choice,) = compose(TrivialAugment().transforms()).transforms
    choice.set_random_state(np.random.default_rng(0), random.Random(0))
    assert choice.transforms_ps == pytest.approx([1 / 14] * 14)
    drawn = Counter()
    for number, one in enumerate(choice.transforms):
        one.apply = lambda image, number=number, **_: (drawn.update([number]), image)[1]
        one._key2func = {"image": one.apply}
    for _ in range(2800):
        choice(image=np.zeros((4, 4, 3), np.uint8))
    assert len(drawn) == 14
    assert sum(drawn.values()) == 2800
    assert max(abs(count - 200) for count in drawn.values()) < 4 * np.sqrt(200)


@pytest.mark.parametrize("channels", [1, 3])
def test_any_image(channels):
    augmentation = Augmentation(TrivialAugment().transforms())
    image = np.random.default_rng(0).integers(0, 256, (12, 9, channels), np.uint8)
    for place in range(60):
        made = augmentation(image, 1, 0, place)
        assert (made.shape, made.dtype) == (image.shape, image.dtype)
