"""Tests of one input with its preparations, against formulas in NumPy."""

import numpy as np
import pytest
from golden import raises

from kpipe.data.dataset import Column, Input
from kpipe.data.evaluation import Evaluation
from kpipe.data.prepare.center import Center
from kpipe.data.prepare.impute import Impute
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepare.resize import Resize
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared_input import PreparedInput
from kpipe.errors import ArgumentError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

IMAGE = Input("image", "image", (4, 5, 3), "uint8")
TABLE = Input("table", "table", (2,), "float64", (Column("area", "numeric"), Column("town", "categorical")))


def pixels(count=10):
    return np.random.default_rng(0).integers(0, 256, (count, 4, 5, 3), np.uint8)


def in_batches(values):
    return lambda: iter(np.array_split(values, 3))


def fitted(values):
    """An input that divides by 255 and then standardizes each channel; its result and that of the formula."""
    entry = PreparedInput(IMAGE, [Rescale(scale=1 / 255), Standardize()])
    entry.fit(IMAGE.shape, in_batches(values))
    scaled = values / 255
    return entry, scaled, (scaled - scaled.mean(axis=(0, 1, 2))) / scaled.std(axis=(0, 1, 2))


def test_each_preparation_is_fitted_to_the_output_of_those_before_it():
    import keras

    values = pixels()
    entry, _, expected = fitted(values)
    raw = entry.raw_tensor("float32")
    model = keras.Model(raw, entry.build(entry.from_raw(raw)))
    np.testing.assert_allclose(model(values), expected, atol=1e-5)
    assert raw.shape == (None, 4, 5, 3)


def test_ranges_are_those_before_each_preparation_and_moments_after_the_last_one():
    values = pixels()
    entry, scaled, expected = fitted(values)
    ranges, moments = entry.statistics(values)
    for found, each in zip(ranges, (values, scaled, expected), strict=True):
        assert (found.low, found.high) == pytest.approx((each.min(), each.max()))
    np.testing.assert_allclose(moments.mean, expected.mean(axis=(0, 1, 2)), atol=1e-12)
    np.testing.assert_allclose(moments.variance, expected.var(axis=(0, 1, 2)), atol=1e-12)


def test_resize_is_applied_when_samples_are_read_but_part_of_the_saved_model():
    import keras

    resize, center = Resize(height=2, width=2), Center()
    entry = PreparedInput(IMAGE, [resize, center])
    assert (entry.resize, entry.stages, entry.preparations) == (resize, [center], [resize, center])
    raw = entry.raw_tensor("float32")
    received = entry.from_raw(raw)
    assert (raw.shape, received.shape) == ((None, None, None, 3), (None, 2, 2, 3))
    values = pixels()
    model = keras.Model(raw, received)
    np.testing.assert_allclose(model(values), [resize.image(image) for image in values], atol=1e-3)


def test_evaluations_are_part_of_the_saved_model():
    entry = PreparedInput(IMAGE, evaluation=Evaluation([{"CenterCrop": {"height": 2, "width": 3}}]))
    assert entry.from_raw(entry.raw_tensor("uint8")).shape == (None, 2, 3, 3)


def test_a_table_has_the_categories_of_a_finished_run():
    categories = {"town": ("Bern", "Rome")}
    entry = PreparedInput(TABLE, [OneHot()], categories)
    described = entry.describe(Input("table", "table", (2,), "float32", TABLE.columns))
    assert described["columns"] == [
        {"name": "area", "kind": "numeric", "categories": []},
        {"name": "town", "kind": "categorical", "categories": ["Bern", "Rome"]},
    ]
    assert described["received"] == {"shape": [2], "dtype": "float32"}
    assert set(entry.raw_tensor("float32")) == {"area", "town"}


def test_resize_is_first_and_once():
    for first in (Rescale(), Resize(2, 2)):
        with raises(ArgumentError):
            PreparedInput(IMAGE, [first, Resize(2, 2)])


def test_categories_without_one_hot_are_refused():
    with raises(ArgumentError):
        PreparedInput(TABLE, [Standardize()])


def test_missing_values_are_filled_before_other_preparations():
    with raises(ArgumentError):
        PreparedInput(TABLE, [Standardize(), Impute(), OneHot()])
    with raises(ArgumentError):
        PreparedInput(TABLE, [Impute(strategy="constant", fill_value="unknown"), Standardize(), OneHot()])
    with raises(ArgumentError):
        PreparedInput(TABLE, [Impute(strategy="constant", fill_value=0.0), OneHot()])
    assert PreparedInput(TABLE, [Impute(strategy="constant", fill_value=0.0), Impute(), OneHot()]).fills_missing
    assert not PreparedInput(TABLE, [Standardize(), OneHot()]).fills_missing
