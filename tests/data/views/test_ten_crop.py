import cv2
import numpy as np
import pytest
from golden import raises

from kpipe.data.evaluation import Evaluation
from kpipe.data.views import TenCrop
from kpipe.data.views.view_context import ViewContext
from kpipe.errors import ArgumentError

IMAGE = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)


def context_of(shape, decoded=IMAGE.shape, transforms=None):
    evaluation = None if transforms is None else Evaluation(transforms)
    return ViewContext("image", shape, "uint8", decoded, evaluation)


def test_they_take_the_place_of_the_final_crop():
    context = context_of((8, 8, 3), transforms=[{"CenterCrop": {"height": 8, "width": 8}}])
    views = TenCrop()
    views.check(context)
    found = views.views(IMAGE, context, 0)
    expected = [IMAGE[:8, :8], IMAGE[:8, 8:], IMAGE[4:, :8], IMAGE[4:, 8:], IMAGE[2:10, 4:12]]
    assert all((view == crop).all() for view, crop in zip(found, expected, strict=False))
    assert all((view == crop[:, ::-1]).all() for view, crop in zip(found[5:], expected, strict=True))
    assert (found[4] == context.evaluated(IMAGE)).all()


def test_the_transforms_before_the_crop_are_applied():
    transforms = [{"SmallestMaxSize": {"max_size": 10}}, {"CenterCrop": {"height": 8, "width": 6}}]
    context = context_of((8, 6, 3), (None, None, 3), transforms)
    TenCrop().check(context)
    found = TenCrop().views(IMAGE, context, 0)
    square = cv2.resize(IMAGE[:, 2:14].astype(np.float32), (10, 10), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found[0], square[:8, :6], atol=1e-3)
    np.testing.assert_allclose(found[8], square[2:, 4:][:, ::-1], atol=1e-3)
    np.testing.assert_allclose(found[4], context.evaluated(IMAGE), atol=1e-3)


def test_padding_and_size_where_nothing_is_cropped():
    context = context_of(IMAGE.shape)
    TenCrop(padding=2).check(context)
    found = TenCrop(padding=2).views(IMAGE, context, 0)
    padded = np.zeros((16, 20, 3), np.uint8)
    padded[2:14, 2:18] = IMAGE
    assert (found[0] == padded[:12, :16]).all()
    assert (found[3] == padded[4:, 4:]).all()
    assert (found[4] == IMAGE).all()
    TenCrop(size=[6, 8]).check(context)
    found = TenCrop(size=[6, 8]).views(IMAGE, context, 0)
    expected = cv2.resize(IMAGE[:6, :8].astype(np.float32), (16, 12), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found[0], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "context"),
    [
        ({}, context_of(IMAGE.shape)),
        ({"padding": 1, "size": [14, 18]}, context_of(IMAGE.shape)),
        ({"size": 13}, context_of(IMAGE.shape)),
        ({"size": [3]}, context_of(IMAGE.shape)),
        ({"padding": -1}, context_of(IMAGE.shape)),
    ],
)
def test_what_is_refused(arguments, context):
    with raises(ArgumentError):
        TenCrop(**arguments).check(context)
