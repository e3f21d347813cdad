"""Shapes of augmented images, and items that do not fit them."""

import pytest
from golden import raises

from kpipe.data.augment.shapes import output_shapes
from kpipe.errors import SpecError

from .usable import COLOR, usable


@pytest.mark.parametrize(
    ("transforms", "given", "expected"),
    [
        (["CifarCrops"], (32, 32, 3), {(32, 32, 3)}),
        ([], (5, 6, 1), {(5, 6, 1)}),
        (["RandomRotate90"], (32, 24, 1), {(32, 24, 1), (24, 32, 1)}),
        ([{"Transpose": {"p": 1}}], (32, 24, 1), {(24, 32, 1)}),
        ([{"Transpose": {"p": 0.5}}], (32, 24, 1), {(32, 24, 1), (24, 32, 1)}),
        ([{"RandomScale": {"scale_limit": 0.3}}, {"RandomCrop": {"height": 16, "width": 16}}], (32, 32, 3), {(16, 16, 3)}),
        ([{"OneOf": {"transforms": ["Blur", {"CenterCrop": {"height": 8, "width": 8}}], "p": 1}}], (9, 9, 3),
         {(9, 9, 3), (8, 8, 3)}),
        ([{"Sequential": {"transforms": ["CifarCrops"], "p": 1}}], (8, 8, 3), None),
        (["HorizontalFlip"], (1, 1, 3), {(1, 1, 3)}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_shapes_of_outputs(transforms, given, expected, dtype):
    if expected is None:
        with pytest.raises(SpecError, match="RandomCrop cannot be applied to an image of 16 x 16 pixels"):
            output_shapes(transforms, given, dtype)
    else:
        assert output_shapes(transforms, given, dtype) == expected


@pytest.mark.parametrize(
    ("transforms", "given"),
    [
        (
            ["HorizontalFlip", {"OneOf": {"transforms": ["Blur", {"RandomCrop": {"height": 40, "width": 4}}]}}],
            (32, 32, 3),
        ),
        ([{"RandomFog": {"p": 0.01}}], (32, 32, 1)),
        (["ToGray"], (32, 32, 1)),
        ([{"SomeOf": {"transforms": ["Blur"], "n": 2}}], (32, 32, 1)),
        ([{"Downscale": {"scale_range": [0, 0]}}, {"GaussianBlur": {"sigma_limit": 0}}], (9, 9, 3)),
        ([{"MultiplicativeNoise": {"multiplier": [0, 0]}}, {"Affine": {"translate_percent": -3}}], (9, 9, 3)),
        # Only a larger image than the one that the first transform would return could be refused by the last two.
        (
            [
                {"RandomCrop": {"height": 40, "width": 4}},
                {"CenterCrop": {"height": 30, "width": 3}},
                {"Pad": {"padding": 1, "fill": 300}},
                {"Sequential": {"transforms": [{"TimeMasking": {"time_mask_param": 20}}, "ToGray"]}},
            ],
            (9, 9, 1),
        ),
        (
            [
                {
                    "OneOf": {
                        "transforms": [
                            {"CenterCrop": {"height": 9, "width": 40}},
                            {"CenterCrop": {"height": 40, "width": 9}},
                        ]
                    }
                }
            ],
            (9, 9, 3),
        ),
        ([{"XYMasking": {"num_masks_x": 1, "mask_x_length": 9}}], (1, 1, 3)),
        (["CifarCrops"], (20, 20, 3)),
    ],
    ids=str,
)
def test_the_item_that_does_not_fit_is_identified(transforms, given):
    with raises(SpecError):
        output_shapes(transforms, given, "uint8")


def test_a_transform_that_returns_one_color_only_sometimes_is_allowed():
    small = (8, 8, 1)
    # A translation of up to 32 pixels.
    assert output_shapes(["TrivialAugment"], small, "uint8") == {small}
    assert output_shapes([{"CoarseDropout": {"hole_height_range": [0.5, 1.0], "p": 1}}], small, "uint8") == {small}


def test_exactly_the_transforms_that_need_color_refuse_grey_images():
    refused = set()
    for name, item in usable().items():
        try:
            output_shapes([item], (32, 32, 1), "uint8")
        except SpecError:
            refused.add(name)
    # These have no effect on grey images, of which Albumentations warns.
    assert refused - COLOR == {"ToGray", "HueSaturationValue"}
    assert refused >= COLOR
