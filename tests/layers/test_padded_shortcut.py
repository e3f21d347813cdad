from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from golden import raises

from kpipe.layers.padded_shortcut import PaddedShortcut

from .harness import Case

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CASES = [
    Case(lambda: PaddedShortcut(filters=4, strides=2), (2, 5, 4, 2)),
    Case(lambda: PaddedShortcut(filters=5, strides=3, data_format="channels_first"), (2, 3, 7, 6)),
    Case(lambda: PaddedShortcut(filters=4), (2, 7, 3)),
    Case(lambda: PaddedShortcut(filters=7), (3, 4)),
]


def sample(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("shape", "filters", "strides"),
    [((2, 8, 8, 3), 6, 2), ((2, 7, 5, 4), 9, 2), ((2, 7, 5, 4), 4, 3), ((2, 9, 2), 3, 4), ((2, 5), 8, 2)],
)
def test_every_position_of_the_stride_is_kept_and_the_new_channels_are_zero(
    shape: tuple[int, ...], filters: int, strides: int
) -> None:
    inputs = sample(*shape)
    output = PaddedShortcut(filters, strides)(inputs).numpy()
    channels = shape[-1]
    for place in np.ndindex(*output.shape[1:-1]):
        kept = inputs[(slice(None), *(strides * p for p in place))]
        np.testing.assert_array_equal(output[(slice(None), *place)][:, :channels], kept)
    assert output.shape[-1] == filters
    assert not output[..., channels:].any()


@pytest.mark.parametrize(("size", "strides"), [(8, 2), (7, 2), (7, 3), (5, 1)])
def test_has_the_shape_of_a_convolution_with_padding_same(size: int, strides: int) -> None:
    inputs = sample(1, size, size + 1, 3)
    convolution = keras.layers.Conv2D(6, 3, strides=strides, padding="same")
    assert PaddedShortcut(6, strides)(inputs).shape == convolution(inputs).shape


def test_is_a_pooling_of_single_positions_with_an_identity_kernel() -> None:
    """The same by Keras' layers: a 1x1 convolution whose kernel is the identity above zeros."""
    inputs = sample(2, 7, 6, 3)
    convolution = keras.layers.Conv2D(5, 1, strides=2, use_bias=False, padding="same")
    convolution.build(inputs.shape)
    convolution.set_weights([np.eye(3, 5, dtype="float32")[None, None]])
    np.testing.assert_array_equal(PaddedShortcut(5, 2)(inputs).numpy(), convolution(inputs).numpy())


def test_channels_first_is_the_transpose_of_channels_last() -> None:
    inputs = sample(2, 6, 5, 3)
    last = PaddedShortcut(5, 2)(inputs).numpy()
    first = PaddedShortcut(5, 2, data_format="channels_first")(inputs.transpose(0, 3, 1, 2)).numpy()
    np.testing.assert_array_equal(first, last.transpose(0, 3, 1, 2))


def test_gradient_reaches_the_kept_positions_alone() -> None:
    inputs = tf.constant(sample(2, 5, 4, 3))
    weights = sample(2, 3, 2, 7)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(PaddedShortcut(7, 2)(inputs) * weights)
    expected = np.zeros((2, 5, 4, 3), "float32")
    expected[:, ::2, ::2] = weights[..., :3]
    np.testing.assert_array_equal(tape.gradient(total, inputs).numpy(), expected)


def test_a_sequence_without_a_known_length_and_its_mask() -> None:
    inputs = keras.Input((None, 2))
    layer = PaddedShortcut(3, 2)
    assert layer(keras.layers.Masking()(inputs)).shape == (None, None, 3)
    values = sample(1, 5, 2)
    values[:, 3:] = 0
    mask = layer.compute_mask(values, keras.layers.Masking().compute_mask(values))
    assert keras.ops.convert_to_numpy(mask).tolist() == [[True, True, False]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 0},
        {"filters": 2.5},
        {"filters": True},
        {"filters": 4, "strides": 0},
        {"filters": 4, "data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        PaddedShortcut(**arguments)


def test_refuses_fewer_filters_than_channels() -> None:
    with raises(ValueError):
        PaddedShortcut(4)(keras.Input((8, 8, 5)))


@pytest.mark.parametrize("shape", [(4, None), ()])
def test_refuses_an_input_without_channels(shape: tuple[int | None, ...]) -> None:
    with raises(ValueError):
        PaddedShortcut(4)(keras.Input(shape))
