import numpy as np

from kpipe.report.sheets.thumbnail import Thumbnail
from kpipe.report.sheets.value_span import value_span


def span(*samples):
    return value_span([Thumbnail.of(np.asarray(sample)) for sample in samples]).replace("\u00a0", " ")


def test_the_range_is_that_of_all_samples():
    assert span(np.array([[0, 100]], np.uint8), np.array([[30, 255]], np.uint8)) == "0 to 255, mean 96.2"
    assert span(np.full((2, 2), -0.001234)) == "-0.00123 to -0.00123, mean -0.00123"


def test_values_that_are_not_finite_are_counted():
    assert span(np.array([[np.nan, 1.0], [3.0, np.inf]]), np.full((2, 2), np.nan)) == "1 to 3, mean 2, 6 not finite"
    assert span(np.full((2, 2), np.nan)) == "4 not finite"
