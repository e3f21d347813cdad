"""The suggestion and the interval follow from the lowest smoothed loss, unless the loss hardly fell."""

import matplotlib
import numpy as np
import pytest
from kpipe_callbacks import LearningRateCurve

matplotlib.use("agg")
RATES = np.geomspace(1e-4, 1, 5)


def curve(*smoothed):
    return LearningRateCurve(RATES, np.array(smoothed), np.array(smoothed))


def test_the_suggestion_is_a_tenth_of_the_rate_with_the_lowest_loss():
    found = curve(2.0, 1.8, 1.0, 1.2, 5.0)
    assert found.fall == 0.5
    assert found.reason is None
    assert found.plot().get_title() == ""
    assert found.suggestion == pytest.approx(1e-3)
    assert found.interval == pytest.approx((1e-2 / 30, 1e-2 / 3))


@pytest.mark.parametrize("smoothed", [(2.0, 1.9, 1.85, 3.0, 9.0), (1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 0.0, 0.0, 0.0, 0.0)])
def test_a_loss_that_hardly_falls_shows_no_rate(smoothed):
    found = curve(*smoothed)
    assert found.suggestion is None
    assert found.interval is None
    assert found.reason.startswith(f"the smoothed loss fell by {100 * found.fall:.1f}%, from {smoothed[0]:.4g} to ")
    assert "at learning rates from 0.0001 to 1; expected at least 10%" in found.reason
    assert found.plot().get_title() == "no suggestion: the loss fell by less than 10 %"


def test_a_negative_loss_can_fall():
    assert curve(-1.0, -2.0, -3.0, 0.0, 1.0).suggestion == pytest.approx(1e-3)


def test_the_picture_shows_losses_average_and_interval():
    axes = curve(2.0, 1.8, 1.0, 1.2, 5.0).plot()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["loss of a step", "moving average", "interval, suggestion 0.001"]
    assert axes.get_xscale() == "log"
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), RATES)


@pytest.mark.parametrize("loss", [0.0, 2.5, 1e30, -3.0])
def test_a_loss_that_does_not_change_is_drawn(loss):
    lowest, highest = curve(*[loss] * 5).plot().get_ylim()
    assert lowest < loss < highest
