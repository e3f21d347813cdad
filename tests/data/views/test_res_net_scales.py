import cv2
import numpy as np
import pytest
from golden import raises

from kpipe.data.views import ResNetScales
from kpipe.data.views.view_context import ViewContext
from kpipe.errors import ArgumentError

CONTEXT = ViewContext("image", (6, 6, 3), "uint8", (None, None, 3))


def test_ten_crops_of_each_scale():
    image = np.random.default_rng(0).integers(0, 256, (10, 15, 3), dtype=np.uint8)
    views = ResNetScales(scales=[6, 8])
    views.check(CONTEXT)
    found = views.views(image, CONTEXT, 0)
    assert (len(found), views.count) == (20, 20)
    for start, (height, width) in ((0, (6, 9)), (10, (8, 12))):
        scaled = cv2.resize(image.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(found[start], scaled[:6, :6], atol=1e-3)
        np.testing.assert_allclose(found[start + 3], scaled[-6:, -6:], atol=1e-3)
        np.testing.assert_allclose(found[start + 8], scaled[-6:, -6:][:, ::-1], atol=1e-3)


def test_the_scales_of_the_paper():
    assert (ResNetScales().scales, ResNetScales().count) == ([224, 256, 384, 480, 640], 50)
    high = np.zeros((30, 20, 1), np.uint8)
    assert ResNetScales(scales=[7]).views(high, ViewContext("image", (6, 6, 1), "uint8"), 0)[0].shape == (6, 6, 1)


@pytest.mark.parametrize("scales", [[], [8, 8], [8, 5], [0]])
def test_what_is_refused(scales):
    with raises(ArgumentError):
        ResNetScales(scales=scales).check(CONTEXT)
