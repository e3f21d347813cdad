from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden import raises

from kpipe.data.features import FeatureColumn, Features
from kpipe.data.prepare.rescale import Rescale
from kpipe.errors import ArgumentError

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_bytes_become_shares_by_default(applied: Callable[..., Any]) -> None:
    values = np.arange(256).reshape(1, 16, 16, 1)
    result = applied(Rescale(), values, values)
    np.testing.assert_allclose(result, values / 255, atol=1e-7)


def test_scale_then_offset(applied: Callable[..., Any]) -> None:
    assert applied(Rescale(2.0, -1.0), np.zeros((1, 2)), [[3.0, 0.5]]).tolist() == [[5.0, 0.0]]


def test_leaves_codes_and_indicators_of_a_table_alone(applied: Callable[..., Any]) -> None:
    columns = (FeatureColumn("a"), FeatureColumn("b", "code", ("u", "v")), FeatureColumn("c=x", "indicator"))
    features = Features("table", "table", (3,), columns)
    result = applied(Rescale(10.0, 1.0), np.zeros((1, 3)), [[1.0, 2.0, 1.0]], features)
    assert result.tolist() == [[11.0, 2.0, 1.0]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"scale": 0.0},
        {"scale": float("inf")},
        {"scale": "auot"},
        {"offset": float("nan")},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Rescale(**arguments)


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("uint16", 65_535), ("float32", 255), ("int64", 255)])
def test_auto_is_the_reciprocal_of_the_largest_number_of_the_type(dtype: str, largest: int) -> None:
    stage = Rescale()
    assert stage.arguments() == {"scale": "auto", "offset": 0.0}
    stage.bind(Features("image", "image", (2, 2, 1), dtype=dtype))
    assert stage.arguments() == {"scale": 1 / largest, "offset": 0.0}
    assert stage.transform(np.array([largest], np.float64)).tolist() == [1.0]


def test_a_scale_that_is_given_stays() -> None:
    stage = Rescale(0.5)
    stage.bind(Features("image", "image", (2, 2, 1), dtype="uint16"))
    assert stage.scale == 0.5
