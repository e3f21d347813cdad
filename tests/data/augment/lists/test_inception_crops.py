"""InceptionCrops."""

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.inception_crops import InceptionCrops
from kpipe.errors import ArgumentError


def test_numbers_of_the_paper():
    assert InceptionCrops().transforms() == [
        {"RandomResizedCrop": {"size": [224, 224], "scale": [0.08, 1.0], "ratio": [0.75, 4 / 3]}},
        "HorizontalFlip",
    ]
    assert InceptionCrops().evaluation() == [
        {"SmallestMaxSize": {"max_size": 256}},
        {"CenterCrop": {"height": 224, "width": 224}},
    ]


def test_areas_and_ratios_are_in_range():
    crop = compose(InceptionCrops(size=8).transforms()).transforms[0]
    crop.set_random_seed(0)
    boxes = []
    for _ in range(500):
        x_min, y_min, x_max, y_max = crop.get_params_dependent_on_data({"shape": (1000, 1000, 3)}, {})["crop_coords"]
        boxes.append((x_max - x_min, y_max - y_min))
    width, height = np.transpose(boxes)
    area, ratio = width * height / 1e6, width / height
    # Sides are whole pixels.
    assert 0.079 < area.min() < 0.1
    assert 0.9 < area.max() <= 1
    assert 0.745 < ratio.min() < 0.77
    assert 1.3 < ratio.max() < 1.34


def test_crops_of_any_image():
    augmentation = Augmentation(InceptionCrops(size=16).transforms())
    assert augmentation(np.zeros((5, 40, 1), np.uint8), 1, 0, 3).shape == (16, 16, 1)


@pytest.mark.parametrize("values", [{"size": 0}, {"smallest_area": 0}, {"largest_ratio": 0.5}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ArgumentError, match="expected"):
        InceptionCrops(**values)
