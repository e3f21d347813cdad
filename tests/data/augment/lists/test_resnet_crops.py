"""ResNetCrops."""

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.resnet_crops import ResNetCrops
from kpipe.errors import ArgumentError


def test_numbers_of_the_paper():
    resize, crop, flip = ResNetCrops().transforms()
    assert resize == {"RandomShorterSide": {"size_range": [256, 480]}}
    assert (crop, flip) == ({"RandomCrop": {"height": 224, "width": 224}}, "HorizontalFlip")
    assert ResNetCrops().evaluation() == [
        {"SmallestMaxSize": {"max_size": 256}},
        {"CenterCrop": {"height": 224, "width": 224}},
    ]


def test_the_shorter_side_is_uniform():
    image = np.zeros((20, 30, 3), np.uint8)
    transform = compose([ResNetCrops(size=4, shortest=8, longest=11).transforms()[0]])
    transform.set_random_seed(0)
    sides = [min(transform(image=image)["image"].shape[:2]) for _ in range(4000)]
    # Four standard deviations of a count of 4000 draws with probability 1/4.
    assert np.abs(np.bincount(sides, minlength=12)[8:] - 1000).max() < 4 * np.sqrt(4000 * 3 / 16)


def test_crops_of_any_image():
    augmentation = Augmentation(ResNetCrops(size=16, shortest=18, longest=30).transforms())
    for shape in [(5, 40, 3), (40, 33, 1)]:
        assert augmentation(np.zeros(shape, np.uint8), 1, 0, 3).shape == (16, 16, shape[2])


@pytest.mark.parametrize("values", [{"size": 0}, {"shortest": 200}, {"longest": 255}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ArgumentError, match="expected"):
        ResNetCrops(**values)
