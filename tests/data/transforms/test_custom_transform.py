"""Transforms and lists of transforms in a file under `imports`."""

from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.components import vocabulary
from kpipe.components.registry.registry import using
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.evaluation_lists import evaluation_lists
from kpipe.data.augment.shapes import output_shapes
from kpipe.data.evaluation import Evaluation
from kpipe.errors import DataError, SpecError

CODE = '''
from typing import Annotated

from albumentations import ImageOnlyTransform
from albumentations.core.transforms_interface import BaseTransformInitSchema
from pydantic import Field

from kpipe.data.augment.lists.transform_list import TransformList


class Stripe(ImageOnlyTransform):
    """Replaces one random row of pixels.

    Args:
        value: value of the row, in [0, 255], default 0.
        p: probability of applying the transform, in [0, 1], default 1.
    """

    class InitSchema(BaseTransformInitSchema):
        value: Annotated[int, Field(ge=0, le=255)]

    def __init__(self, value: int = 0, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.value = value

    def get_params_dependent_on_data(self, params, data):
        return {"row": int(self.random_generator.integers(params["shape"][0]))}

    def apply(self, img, row, **params):
        made = img.copy()
        made[row] = self.value
        return made


class Leaving(ImageOnlyTransform):
    """Ends the process."""

    def __init__(self, p: float = 1.0) -> None:
        super().__init__(p=p)

    def apply(self, img, **params):
        raise SystemExit("no stripes")


class StripedCrops(TransformList):
    """Crops and stripes.

    Args:
        size: height and width in pixels.
    """

    def __init__(self, size: int = 8) -> None:
        self.size = size

    def transforms(self):
        return [{"RandomCrop": {"height": self.size, "width": self.size}}, {"Stripe": {"value": 255}}]

    def evaluation(self):
        return [{"CenterCrop": {"height": self.size, "width": self.size}}]
'''
SPEC = """\
name: custom
imports: [./stripes.py]
data:
  source: Digits
  augment: [{augment}]
model: [Flatten, Dense: {{units: =classes}}]
train: {{epochs: 1}}
"""


def read(folder, augment):
    (folder / "stripes.py").write_text(CODE)
    (folder / "spec.yaml").write_text(SPEC.format(augment=augment))
    return checked(folder / "spec.yaml")


def test_a_transform_draws_for_each_sample_and_repeatably(tmp_path):
    spec = read(tmp_path, "Stripe: {value: 7}")
    with using(spec.code.in_use):
        augmentation = Augmentation(spec.data.augment)
    image = np.zeros((16, 4, 3), np.uint8)
    made = [augmentation(image, 1, 0, place) for place in range(64)]
    rows = [int(one[:, 0, 0].argmax()) for one in made]
    for one, row in zip(made, rows, strict=True):
        expected = np.where(np.arange(16) == row, 7, 0)
        np.testing.assert_array_equal(one, np.broadcast_to(expected[:, None, None], one.shape))
    # Of 16 rows 64 draws miss a quarter with a probability below 1e-6.
    assert len({*rows}) > 12
    np.testing.assert_array_equal(augmentation(image, 1, 0, 5), made[5])


def test_a_list_is_written_out_and_determines_the_evaluation(tmp_path):
    spec = read(tmp_path, "StripedCrops: {size: 6}")
    with using(spec.code.in_use):
        assert output_shapes(spec.data.augment, (8, 8, 1), "uint8") == {(6, 6, 1)}
        assert Evaluation(evaluation_lists(spec.data)).shape((8, 8, 1)) == (6, 6, 1)


def test_a_transform_that_ends_the_process_is_an_error_at_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = read(Path(), "Stripe, Leaving")
    with using(spec.code.in_use):
        augmentation = Augmentation(spec.data.augment)
        with raises(DataError):
            augmentation(np.zeros((8, 8, 3), np.uint8), 1, 0, 0)
        with raises(SpecError):
            output_shapes(spec.data.augment, (8, 8, 3), "uint8")


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        ("Stripe: {value: 256}", "out of range; expected an integer between 0 and 255, got 256"),
        ("Stripe: {valu: 1}", "Stripe has no argument 'valu'; available: value, p"),
        ("StripedCrops: {size: big}", "not allowed; expected an integer, got 'big'"),
    ],
)
def test_arguments_are_checked(tmp_path, augment, message):
    with pytest.raises(SpecError) as caught:
        read(tmp_path, augment)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.mark.line == 5


def test_ready_made_ones_have_documented_arguments():
    from kpipe.data import transforms

    for name in transforms.__all__:
        known = vocabulary().find("transform", name)
        assert (known.origin, bool(known.summary)) == ("kpipe", True)
        assert all(entry.documentation for entry in known.arguments.values())
