"""Lists of a spec as a Compose of Albumentations."""

import pytest
from golden import raises

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.compose import compose, evaluation_transforms, parts, plain_transforms
from kpipe.data.augment.lists.cifar_crops import CifarCrops
from kpipe.errors import SpecError

ALBUMENTATIONS = import_albumentations()


def test_names_and_arguments_are_those_of_albumentations():
    made = compose(["HorizontalFlip", {"GaussNoise": {"std_range": [0.1, 0.2], "p": 1}}])
    by_hand = ALBUMENTATIONS.Compose(
        [ALBUMENTATIONS.HorizontalFlip(), ALBUMENTATIONS.GaussNoise(std_range=(0.1, 0.2), p=1)], strict=True
    )
    assert made.to_dict() == by_hand.to_dict()
    assert made.strict


def test_compositions_nest():
    made = compose(
        [
            {
                "OneOf": {
                    "transforms": [
                        {"Sequential": {"transforms": ["Transpose", {"SomeOf": {"transforms": ["D4"], "n": 1}}]}},
                        {"OneOrOther": {"first": "Blur", "second": {"RandomOrder": {"transforms": ["CLAHE"]}}}},
                    ],
                    "p": 1,
                }
            }
        ]
    )
    a = ALBUMENTATIONS
    by_hand = a.Compose(
        [
            a.OneOf(
                [
                    a.Sequential([a.Transpose(), a.SomeOf([a.D4()], n=1)]),
                    a.OneOrOther(a.Blur(), a.RandomOrder([a.CLAHE()])),
                ],
                p=1.0,
            )
        ]
    )
    assert repr(made) == repr(by_hand)


def test_constants_of_opencv_can_be_given_by_name():
    named = {"Affine": {"border_mode": "BORDER_REFLECT_101", "interpolation": "INTER_CUBIC"}}
    numbered = {"Affine": {"border_mode": 4, "interpolation": 2}}
    assert compose([named]).to_dict() == compose([numbered]).to_dict()
    pair = {"downscale": "INTER_AREA", "upscale": "INTER_LINEAR"}
    assert compose([{"Downscale": {"interpolation_pair": pair}}]).transforms[0].interpolation_pair == {
        "downscale": 3,
        "upscale": 1,
    }


def test_a_mapping_can_contain_ranges():
    (affine,) = compose([{"Affine": {"shear": {"x": [-5, 5], "y": [0.5, 2]}}}]).transforms
    assert affine.shear == {"x": (-5, 5), "y": (0.5, 2)}


def test_ready_made_lists_are_written_out_in_their_place_and_as_a_sequence_inside_of_others():
    listed = CifarCrops().transforms()
    assert plain_transforms(["D4", "CifarCrops", "Blur"]) == ["D4", *listed, "Blur"]
    inside = plain_transforms([{"OneOf": {"transforms": ["CifarCrops", "Blur"], "p": 0.3}}])
    assert inside == [{"OneOf": {"transforms": [{"Sequential": {"transforms": listed, "p": 1.0}}, "Blur"], "p": 0.3}}]
    assert plain_transforms(inside) == inside
    assert evaluation_transforms(["CifarCrops"]) == []


def test_parts_without_a_ready_made_list_are_the_nodes_themselves():
    nodes = parts([{"OneOf": {"transforms": ["Blur", "D4"]}}])
    assert [node.plain() for node in nodes] == [{"OneOf": {"transforms": ["Blur", "D4"]}}]


@pytest.mark.parametrize(
    "item",
    [
        {"GaussNoise": {"std_range": [0.5, 0.1]}},
        {"GaussNoise": {"std_range": [0.1, 2]}},
        {"CoarseDropout": {"hole_height_range": [1]}},
        {"CoarseDropout": {"num_holes_range": [1, 2, 3]}},
        {"Blur": {"blur_limit": [4, 8]}},
        {"Crop": {"x_min": 9, "x_max": 3}},
        {"Affine": {"scale": [0, 1]}},
        {"Affine": {"scale": {"x": [0, 1]}}},
        {"GaussianBlur": {"blur_limit": -3}},
        {"RandomResizedCrop": {"size": [8, 8], "ratio": [0, 1]}},
        {"SmallestMaxSize": {}},
        {"Affine": {"border_mode": "BORDER_REFLCT"}},
        {"Affine": {"border_mode": 7}},
        {"HorizontalFlip": {"p": 1.5}},
        {"HorizontalFlip": {"always_apply": True}},
        {"GaussNoise": {"var_limit": [10, 50]}},
        {"CoarseDropout": {"max_holes": 8}},
        {"ElasticTransform": {"alpha_affine": 5}},
        {"RandomResizedCrop": {"height": 8, "width": 8}},
        {"PlasmaShadow": {"plasma_size": 3}},
        {"OneOf": {"transforms": "HorizontalFlip"}},
        {"SomeOf": {"transforms": ["HorizontalFlip"], "n": 3}},
        {"CifarCrops": {"padding": -1}},
        {"OneOf": {"transforms": [{"CifarCrops": {"pad": 1}}]}},
        {"Equalize": {"mask": 1}},
        "IAAAffine",
        "Lambda",
        "Mosaic",
        "Normalize",
        "RandomFlip",
        "HorizontalFlp",
    ],
    ids=str,
)
def test_what_is_wrong_is_reported_at_its_argument(item):
    with raises(SpecError):
        compose([item])
