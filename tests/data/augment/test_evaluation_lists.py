"""Tests of the transforms of an evaluation that a spec has or that follow from its augmentation."""

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.data.augment.evaluation_lists import evaluation_lists

CROP = {"CenterCrop": {"height": 8, "width": 8}}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, []),
        ({"data.augment": ["HorizontalFlip"]}, []),
        ({"data.augment": ["CifarCrops"]}, []),
        ({"data.augment": {"image": ["CifarCrops"]}}, {"image": []}),
        ({"data.augment": ["HorizontalFlip"], "data.evaluate.transform": [CROP]}, [CROP]),
        ({"data.evaluate.transform": {"image": [CROP]}}, {"image": [CROP]}),
    ],
)
def test_what_is_written_precedes_the_augmentation(written, expected):
    assert evaluation_lists(checked("kpipe:digits", written).data) == expected
