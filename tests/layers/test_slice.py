from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.layers.slice import Slice

from .harness import Case

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CASES = [
    Case(lambda: Slice(start=1, stop=-1), (2, 3, 5), integers=False),
    Case(lambda: Slice(index=-1), (2, 3, 4), integers=False),
    Case(lambda: Slice(start=1, step=2), (2, 6), integers=False),
]
X = np.arange(2 * 5 * 4).reshape(2, 5, 4).astype("float32")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"start": 1, "stop": 3}, X[..., 1:3]),
        ({"stop": -1, "axis": 1}, X[:, :-1]),
        ({"start": -2, "axis": 1}, X[:, -2:]),
        ({"step": 2, "axis": -2}, X[:, ::2]),
        ({"index": 0, "axis": 1}, X[:, 0]),
        ({"index": -1}, X[..., -1]),
        ({}, X),
    ],
)
def test_it_is_the_slice_of_numpy(arguments: dict[str, Any], expected: np.ndarray) -> None:
    layer = Slice(**arguments)
    np.testing.assert_array_equal(layer(X), expected)
    assert layer(keras.Input(X.shape[1:])).shape == (None, *expected.shape[1:])


def test_an_axis_of_unknown_size() -> None:
    steps = keras.Input((None, 4))
    assert Slice(start=1, stop=3, axis=1)(steps).shape == (None, 2, 4)
    assert Slice(start=1, axis=1)(steps).shape == (None, None, 4)
    assert Slice(index=0, axis=1)(steps).shape == (None, 4)
    with raises(ValueError):
        Slice(stop=-1, axis=1, name="cut")(steps)


def test_integers_remain_integers() -> None:
    assert keras.backend.standardize_dtype(Slice(index=0)(X.astype("int32")).dtype) == "int32"
    assert Slice(index=0)(keras.Input((3,), dtype="int32")).dtype == "int32"


def test_the_mask_of_the_steps_is_sliced() -> None:
    x = X[:1].copy()
    x[0, 2] = 0
    masked = keras.layers.Masking()(x)
    np.testing.assert_array_equal(Slice(start=2, axis=1)(masked)._keras_mask, [[False, True, True]])
    np.testing.assert_array_equal(Slice(index=0)(masked)._keras_mask, [[True, True, False, True, True]])
    assert getattr(Slice(index=0, axis=1)(masked), "_keras_mask", None) is None


@pytest.mark.parametrize("arguments", [{"index": 1, "start": 0}, {"axis": 0}, {"step": 0}])
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Slice(**arguments)


@pytest.mark.parametrize("arguments", [{"index": 4}, {"stop": 5}, {"start": 3, "stop": 2}, {"axis": 3}, {"axis": -3}])
def test_positions_outside_of_the_axis_are_refused(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        Slice(**arguments, name="part")(X)
