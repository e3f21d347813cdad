from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.standardize import Standardize
from kpipe.errors import ArgumentError, DataError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_per_channel_has_mean_zero_and_variance_one(applied: Callable[..., Any]) -> None:
    images = np.random.default_rng(0).normal(100, 30, (20, 4, 3, 2))
    result = applied(Standardize(), images, images).astype(np.float64)
    np.testing.assert_allclose(result.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(result.var(axis=(0, 1, 2)), 1, atol=1e-5)


def test_per_feature_agrees_with_numpy(applied: Callable[..., Any]) -> None:
    values = np.random.default_rng(1).normal(-3, 2, (30, 4, 3))
    stage = Standardize(per="feature", epsilon=0.5)
    result = applied(stage, values, values)
    expected = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 0.5)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_what_is_constant_is_centered_and_divided_by_one(applied: Callable[..., Any]) -> None:
    values = np.random.default_rng(2).normal(size=(25, 3))
    values[:, 1] = 0.1
    stage = Standardize(epsilon=1e-3)
    result = applied(stage, values, [[0.0, 0.1, 0.0], [0.0, 3.1, 0.0]])
    assert stage.fitted()["variance"][1] == 1.0
    np.testing.assert_allclose(result[:, 1], [0.0, 3.0], atol=1e-7)


def test_a_large_offset_costs_no_digits_of_the_deviation() -> None:
    values = 1e9 + np.random.default_rng(3).normal(size=(1000, 1))
    stage = Standardize()
    stage.bind(Features("x", "array", (1,)))
    stage.fit(lambda: iter(np.split(values, 10)))
    np.testing.assert_allclose(stage.fitted()["variance"], (values - 1e9).var(axis=0), rtol=1e-6)


def test_leaves_codes_and_indicators_of_a_table_alone(applied: Callable[..., Any]) -> None:
    columns = (FeatureColumn("a"), FeatureColumn("b", "code", ("u", "v")), FeatureColumn("c=x", "indicator"))
    features = Features("table", "table", (3,), columns)
    table = np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])
    assert applied(Standardize(), table, table, features).tolist() == [[-1.0, 1.0, 0.0], [1.0, 2.0, 1.0]]


@pytest.mark.parametrize("scale", [1e-9, 1e25])
def test_refuses_a_deviation_that_float32_cannot_divide_by(scale: float) -> None:
    stage = Standardize()
    stage.bind(Features("table", "table", (2,), (FeatureColumn("a"), FeatureColumn("mass"))))
    values = np.random.default_rng(4).normal(size=(9, 2)) * [1.0, scale]
    with raises(DataError):
        stage.fit(lambda: [values])


@pytest.mark.parametrize(
    "arguments",
    [
        {"per": "pixel"},
        {"epsilon": -1.0},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Standardize(**arguments)
