from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises
from keras import ops

from kpipe.layers import PaddedShortcut, Residual

from .harness import Case

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def convolution(filters: int = 3, strides: int = 1) -> keras.layers.Layer:
    return keras.layers.Conv2D(filters, 3, strides, padding="same", use_bias=False)


CASES = [
    Case(lambda: Residual(keras.layers.Dense(3)), (4, 5, 3), trainable=2),
    Case(lambda: Residual(keras.layers.Dense(5), survival=0.7, seed=4), (4, 3), trainable=3, random=True),
    Case(lambda: Residual(convolution(4, 2), PaddedShortcut(4, 2)), (2, 6, 6, 3), trainable=1, integers=False),
    Case(lambda: Residual(convolution(4, 2)), (2, 6, 6, 3), trainable=2, integers=False),
    Case(
        lambda: Residual(convolution(), shortcut=keras.layers.Conv2D(3, 1)), (2, 5, 5, 3), trainable=3, integers=False
    ),
]
inputs = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype("float32")


def value(tensor: Any) -> Any:
    return ops.convert_to_numpy(tensor)


def test_adds_the_branch_to_its_input() -> None:
    layer = Residual(convolution())
    np.testing.assert_allclose(value(layer(inputs)), inputs + value(layer.depth.branch(inputs)), rtol=1e-6)
    assert len(layer.trainable_variables) == 1


def test_a_projection_is_used_only_where_the_shapes_differ() -> None:
    same = Residual(convolution(3), keras.layers.Conv2D(3, 1))
    np.testing.assert_allclose(value(same(inputs)), inputs + value(same.depth.branch(inputs)), rtol=1e-6)
    assert len(same.trainable_variables) == 1
    other = Residual(convolution(5, 2), PaddedShortcut(5, 2))
    expected = value(PaddedShortcut(5, 2)(inputs)) + value(other.depth.branch(inputs))
    np.testing.assert_allclose(value(other(inputs)), expected, rtol=1e-6)


def test_a_shortcut_is_used_always() -> None:
    layer = Residual(convolution(3), shortcut=keras.layers.Rescaling(2.0))
    np.testing.assert_allclose(value(layer(inputs)), 2 * inputs + value(layer.depth.branch(inputs)), rtol=1e-6)


def test_survival_multiplies_the_branch_in_inference_and_skips_it_in_training() -> None:
    layer = Residual(keras.layers.Rescaling(1.0, offset=100.0), survival=0.25, seed=4)
    np.testing.assert_allclose(value(layer(inputs)), inputs + 0.25 * (inputs + 100), rtol=1e-6)
    found = [np.round(value(layer(inputs, training=True)).mean()) for _ in range(30)]
    assert set(found) == {0.0, 100.0}
    assert found.count(100.0) < 15


@pytest.mark.parametrize(
    "arguments",
    [
        {"branch": 3},
        {"projection": "conv"},
        {"survival": 0},
        {"projection": keras.layers.ReLU(), "shortcut": keras.layers.ReLU()},
    ],
)
def test_errors_for_wrong_arguments_list_the_allowed_values(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        Residual(**{"branch": keras.layers.ReLU(), **arguments})


def test_incompatible_shapes_are_reported() -> None:
    with raises(ValueError):
        Residual(keras.layers.Conv2D(3, 3))(inputs)
    with raises(ValueError):
        Residual(convolution(4), keras.layers.Conv2D(5, 1))(inputs)


def test_masks_are_those_of_either_path() -> None:
    tensor = keras.layers.Embedding(5, 4, mask_zero=True)(np.array([[1, 2, 0, 0, 0, 0]]))
    layers = keras.layers
    same = Residual(layers.Dense(4))(tensor)
    assert value(same._keras_mask).tolist() == [[True, True, False, False, False, False]]
    with pytest.warns(UserWarning, match="does not support masking"):
        strided = Residual(layers.Conv1D(8, 3, 2, padding="same"), layers.Conv1D(8, 1, 2))(tensor)
    assert getattr(strided, "_keras_mask", None) is None
    with pytest.warns(UserWarning, match="does not support masking"):
        padded = Residual(layers.Conv1D(8, 3, 2, padding="same"), PaddedShortcut(8, 2))(tensor)
    assert value(padded._keras_mask).tolist() == [[True, False, False]]


@pytest.mark.parametrize(("outer", "inner"), [("mixed_float16", "float32"), ("float32", "mixed_float16")])
def test_returns_the_announced_dtype_regardless_of_the_branch(outer: str, inner: str) -> None:
    layer = Residual(keras.layers.Dense(3, dtype=inner), dtype=outer)
    symbolic = layer(keras.Input((6, 6, 3)))
    assert symbolic.dtype == keras.backend.standardize_dtype(layer(inputs).dtype) == layer.compute_dtype
    assert layer.depth.dtype_policy == layer.dtype_policy
