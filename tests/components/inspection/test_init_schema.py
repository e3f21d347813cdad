"""What schemas of transforms state."""

from typing import Annotated

import cv2
import pytest
from pydantic import BaseModel, Field

from kpipe.components import vocabulary
from kpipe.components.inspection.init_schema import CONSTANTS, InitSchema


def argument(name, of):
    return vocabulary().find("transform", of).arguments[name]


@pytest.mark.parametrize(
    ("of", "name", "limits"),
    [
        ("RandomCrop", "height", "at least 1"),
        ("GaussNoise", "std_range", "between 0 and 1"),
        ("GaussNoise", "mean_range", "between -1 and 1"),
        ("GridDropout", "ratio", "greater than 0 and at most 1"),
        ("AutoContrast", "ignore", "between 0 and 255"),
        ("ElasticTransform", "sigma", "at least 1"),
        ("Perspective", "scale", "at least 0"),
        ("Affine", "scale", "greater than 0"),
        ("Affine", "rotate", ""),
        ("OneOf", "p", "between 0 and 1"),
    ],
)
def test_ranges_of_fields_and_validators_are_limits(of, name, limits):
    assert str(argument(name, of).limits) == limits


def test_literals_are_choices_and_those_of_opencv_also_have_names():
    assert argument("method", "ToGray").choices[:2] == ("weighted_average", "from_lab")
    assert argument("area_for_downscale", "Resize").choices == ("image", "image_mask")
    assert "null" in argument("area_for_downscale", "Resize").types
    for known in vocabulary().components("transform"):
        for name, entry in known.arguments.items():
            if name in CONSTANTS and entry.choices is not None:
                numbers = [choice for choice in entry.choices if isinstance(choice, int)]
                names = [choice for choice in entry.choices if isinstance(choice, str)]
                assert [getattr(cv2, text) for text in names] == numbers
                assert all(text.startswith(CONSTANTS[name]) for text in names)


def test_arguments_without_a_field_are_known_to_be_ignored():
    ignored = {
        (known.name, name)
        for known in vocabulary().components("transform")
        for name, reason in known.withheld.items()
        if "InitSchema lacks" in reason
    }
    assert ignored == {("PlasmaShadow", "plasma_size")}


def test_a_class_whose_schema_compares_arguments_is_known():
    assert vocabulary().find("transform", "Crop").refuses_more
    assert not vocabulary().find("transform", "RandomCrop").refuses_more


def test_an_inherited_schema_ignores_nothing():
    class Base:
        class InitSchema(BaseModel):
            p: Annotated[float, Field(ge=0, le=1)]

    class Derived(Base):
        pass

    assert InitSchema.of(Base).ignored("strength") is not None
    assert InitSchema.of(Derived).ignored("strength") is None
