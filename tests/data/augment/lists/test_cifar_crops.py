"""CifarCrops."""

import pytest

from kpipe.data.augment.lists.cifar_crops import CifarCrops
from kpipe.errors import ArgumentError


def test_padding_crop_and_flip_in_this_order():
    assert CifarCrops().transforms() == [
        {"Pad": {"padding": 4}},
        {"RandomCrop": {"height": 32, "width": 32}},
        "HorizontalFlip",
    ]
    assert CifarCrops(28, 24, padding=2).transforms()[:2] == [
        {"Pad": {"padding": 2}},
        {"RandomCrop": {"height": 28, "width": 24}},
    ]
    assert CifarCrops().evaluation() == []


@pytest.mark.parametrize("values", [{"height": 0}, {"width": 1.5}, {"padding": -1}])
def test_wrong_arguments_are_refused(values):
    with pytest.raises(ArgumentError, match="expected an integer of at least"):
        CifarCrops(**values)
