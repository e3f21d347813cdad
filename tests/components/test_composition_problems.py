"""Choices of transforms that Albumentations accepts, changes with a warning, or fails with in its constructor."""

import pytest
from golden import raises

from kpipe.components.checker import check
from kpipe.errors import Mark, SpecError
from kpipe.spec.python_value import from_python

MARK = Mark("augment", 1, 1, 1, 1)
NEVER = [{"HorizontalFlip": {"p": 0}}, {"Blur": {"p": 0}}]


def problems(item):
    found = []
    check(from_python(item, MARK, "data.augment.0"), "transform", "data.augment.0", found)
    return found


@pytest.mark.parametrize(
    "item",
    [
        *({name: {"transforms": []}} for name in ("OneOf", "SomeOf", "RandomOrder", "Sequential", "OneOrOther")),
        {"SelectiveChannelTransform": {"transforms": []}},
        {"Sequential": {"transforms": [{"OneOf": {"transforms": []}}]}},
        {"OneOf": {"transforms": NEVER}},
        {"SomeOf": {"transforms": NEVER, "n": 3}},
        {"RandomOrder": {"transforms": NEVER, "n": 3, "replace": False}},
        "OneOrOther",
        {"OneOrOther": {"first": "Blur"}},
        {"OneOrOther": {"transforms": ["Blur"]}},
        {"OneOrOther": {"transforms": ["Blur", "D4", "CLAHE"]}},
        {"OneOrOther": {"first": "CLAHE", "transforms": ["Blur", "D4"]}},
        {"OneOf": ["Blur", "D4"]},
        {"Pad": 3},
        {"Blur": {"blur_limit": -3}},
    ],
    ids=str,
)
def test_what_cannot_be_chosen_is_refused_at_its_argument(item):
    with raises(SpecError):
        raise SpecError(problems(item))


@pytest.mark.parametrize(
    "item",
    [
        {"SomeOf": {"transforms": ["Blur"], "n": 3, "replace": True}},
        {"SomeOf": {"transforms": NEVER}},
        {"OneOf": {"transforms": [*NEVER, "CifarCrops"]}},
        {"OneOf": {"transforms": [*NEVER, {"D4": {"p": "=chance"}}]}},
        {"OneOf": {"transforms": [{"Blur": {"p": "=chance"}}]}},
        {"SomeOf": {"transforms": ["Blur"], "n": "=count"}},
        {"OneOrOther": {"first": "Blur", "second": "=other"}},
    ],
    ids=str,
)
def test_other_choices_and_expressions_are_allowed(item):
    assert problems(item) == []
