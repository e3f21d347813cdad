from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.layers.split import Split
from kpipe.train.devices.precision import dtype_policy

X = np.arange(2 * 6 * 4).reshape(2, 6, 4).astype("float32")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"parts": 2}, np.split(X, 2, -1)),
        ({"parts": 3, "axis": 1}, np.split(X, 3, 1)),
        ({"sizes": [1, 3]}, np.split(X, [1], -1)),
        ({"sizes": [2, 3, 1], "axis": -2}, np.split(X, [2, 5], 1)),
    ],
)
def test_the_parts_are_those_of_numpy(arguments: dict[str, Any], expected: list[np.ndarray]) -> None:
    layer = Split(**arguments)
    for part, wanted in zip(layer(X), expected, strict=True):
        np.testing.assert_array_equal(part, wanted)
    assert [part.shape[1:] for part in layer(keras.Input(X.shape[1:]))] == [part.shape[1:] for part in expected]
    again = Split.from_config(layer.get_config())
    assert again.compute_output_shape(X.shape) == [part.shape for part in expected]


def test_a_model_with_it_is_trained_saved_and_loaded(tmp_path) -> None:
    inputs = keras.Input((6,))
    left, right = Split(2)(keras.layers.Dense(6)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Multiply()([left, right])))
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    before = model.get_weights()
    model.fit(x, x[:, :1], verbose=0)
    assert all(np.any(old != new) for old, new in zip(before[:1], model.get_weights()[:1], strict=True))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))


def test_integers_remain_and_floats_have_the_compute_dtype() -> None:
    with dtype_policy("mixed_float16"):
        layer = Split(2)
    for dtype, expected in (("int32", "int32"), ("float32", "float16")):
        parts = [*layer(X.astype(dtype)), *layer(keras.Input(X.shape[1:], dtype=dtype))]
        assert {keras.backend.standardize_dtype(part.dtype) for part in parts} == {expected}


@pytest.mark.parametrize(
    "arguments", [{}, {"parts": 2, "sizes": [1]}, {"parts": 1}, {"sizes": [0, 4]}, {"parts": 2, "axis": 0}]
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with raises(ArgumentError):
        Split(**arguments)


@pytest.mark.parametrize("arguments", [{"parts": 3}, {"sizes": [1, 2]}, {"parts": 2, "axis": 3}])
def test_an_axis_that_cannot_be_divided_is_refused(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        Split(**arguments, name="split")(X)
    with raises(ValueError):
        Split(**{**arguments, "axis": 1}, name="split")(keras.Input((None, 4)))
