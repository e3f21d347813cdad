import numpy as np
import pytest
from golden import raises

from kpipe.data.mix import CutMix
from kpipe.errors import ArgumentError


def test_the_weight_is_the_fraction_of_pixels_outside_the_box():
    drawn = CutMix().draw(np.random.default_rng(0), 500, 7, 11)
    for weight, (top, left, bottom, right) in zip(drawn.weights, drawn.boxes, strict=True):
        outside = np.ones((7, 11), bool)
        outside[top:bottom, left:right] = False
        assert weight == pytest.approx(outside.mean(), abs=1e-12)


def test_the_area_of_the_papers_boxes_is_uniform():
    drawn = CutMix(factor=[1, 1]).draw(np.random.default_rng(0), 100_000, 200, 200)
    found = np.quantile(drawn.weights, [0.1, 0.25, 0.5, 0.75, 0.9])
    np.testing.assert_allclose(found, [0.1, 0.25, 0.5, 0.75, 0.9], atol=0.01)


def test_a_factor_of_0_exchanges_whole_images_or_nothing():
    drawn = CutMix(factor=[0, 0]).draw(np.random.default_rng(0), 1000, 8, 8)
    assert set(drawn.weights) == {0, 1}


def test_boxes_are_anywhere_in_the_image():
    boxes = CutMix().draw(np.random.default_rng(0), 20_000, 6, 9).boxes
    assert boxes.min(0).tolist()[:2] == [0, 0]
    assert boxes.max(0).tolist()[2:] == [6, 9]
    np.testing.assert_allclose((boxes[:, 0] + boxes[:, 2]).mean() / 2, 3.0, atol=0.03)


@pytest.mark.parametrize("factor", [-0.1, 1.5, [0.5, 0.2], [0.1, 0.2, 0.3], []])
def test_factor_is_a_number_or_a_range_in_0_to_1(factor):
    with raises(ArgumentError):
        CutMix(factor)


def test_images_of_one_size_are_needed():
    with raises(ArgumentError):
        CutMix().draw(np.random.default_rng(0), 3, None, None)
