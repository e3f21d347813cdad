"""The values that replace pixels."""

import pytest
from golden import raises

from kpipe.data.augment.compose import parts
from kpipe.data.augment.fill_values import check_fill_values
from kpipe.errors import SpecError

OUT_OF_RANGE = [
    {"Pad": {"padding": 1, "fill": 256}},
    {"OneOf": {"transforms": [{"CoarseDropout": {"fill": [0, 1.5, 300]}}, {"Affine": {"fill": -1}}]}},
    {"PixelDropout": {"drop_value": 1000}},
    {"RandAugment": {"number": 1, "fill": 2}},
]
IN_RANGE = [
    {"Pad": {"padding": 1, "fill": 1}},
    {"CoarseDropout": {"fill": [0, 0.5, 1]}},
    {"CoarseDropout": {"fill": "random"}},
    {"PixelDropout": {"drop_value": None}},
    "RandAugment",
]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_values_out_of_the_range_of_the_images_are_refused(dtype):
    # A ready-made list has the same value in many of its transforms, all of which are at its place.
    with raises(SpecError) as caught:
        check_fill_values(parts(OUT_OF_RANGE), dtype)
    assert len(caught.value.problems) == (4 if dtype == "uint8" else 5)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_values_in_the_range_of_the_images(dtype):
    check_fill_values(parts(IN_RANGE), dtype)
