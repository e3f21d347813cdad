import numpy as np
import pytest

from kpipe.report.run_page.moving_average import moving_average


def test_it_equals_numpy_where_the_window_is_whole():
    values = np.random.default_rng(0).normal(size=50).tolist()
    average = moving_average(values, 7)
    # Both are sums of 7 float64 numbers.
    assert average[3:-3] == pytest.approx(np.convolve(values, np.ones(7) / 7, "valid"), abs=1e-12)
    assert average[0] == pytest.approx(np.mean(values[:4]), abs=1e-12)


def test_a_window_of_one_changes_nothing():
    assert moving_average([1.0, None, 3.0], 1) == [1.0, None, 3.0]
