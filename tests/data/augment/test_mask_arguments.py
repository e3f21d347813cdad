"""Arguments that determine the classes of masks."""

from golden import expect_messages

from kpipe.data.augment.mask_arguments import mask_problems
from kpipe.errors import Mark
from kpipe.spec.python_value import from_python


def found(*transforms):
    node = from_python(list(transforms), Mark("augment", 1, 1, 1, 1), "augment")
    return [f"{problem.path}: {problem.message}" for problem in mask_problems(node.items, "mask", ("0", "128", "255"))]


def test_values_that_are_not_indices_of_classes_and_mixed_classes_are_problems():
    choice = {"OneOf": {"transforms": [{"Affine": {"fill_mask": 255}}, {"GridDropout": {"fill_mask": [1, 1]}}]}}
    expect_messages(found(choice, {"Perspective": {"mask_interpolation": 1}}), 3)


def test_indices_of_classes_and_nearest_pixels_are_not():
    exact = {"Resize": {"height": 4, "width": 4, "mask_interpolation": "INTER_NEAREST_EXACT"}}
    assert found({"Affine": {"fill_mask": 2}}, {"PixelDropout": {"mask_drop_value": None}}, exact, "GaussNoise") == []
