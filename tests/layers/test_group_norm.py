from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.layers.group_norm import GroupNorm

from .harness import Case

CASES = [
    Case(lambda: GroupNorm(groups=2), (2, 4, 4, 6), trainable=2),
    Case(lambda: GroupNorm(groups=3, data_format="channels_first"), (2, 6, 4, 3), trainable=2),
    Case(lambda: GroupNorm(groups=2, center=False, gamma_regularizer="l2"), (3, 5, 6), trainable=1),
    Case(
        lambda: GroupNorm(groups=1, scale=False, beta_initializer="ones", beta_constraint="non_neg"),
        (3, 8),
        trainable=1,
    ),
    Case(lambda: GroupNorm(), (1, 2, 2, 1, 4), trainable=2),
]

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def oracle(x: Any, groups: int, epsilon: float = 1e-5) -> Any:
    """The formula, channels last, float64, one group of one sample after the other."""
    x = np.asarray(x, np.float64)
    y = np.empty_like(x)
    width = x.shape[-1] // groups
    for sample, out in zip(x, y, strict=True):
        for first in range(0, x.shape[-1], width):
            part = sample[..., first : first + width]
            out[..., first : first + width] = (part - part.mean()) / np.sqrt(part.var() + epsilon)
    return y


@pytest.mark.parametrize("groups", [1, 2, 4, 8])
@pytest.mark.parametrize("shape", [(3, 8), (3, 7, 8), (2, 5, 4, 8), (2, 3, 40, 1, 8), (3, 1, 1, 8)])
def test_is_the_formula_and_what_keras_computes(groups: int, shape: tuple[int, ...]) -> None:
    chance = np.random.default_rng(1)
    inputs = chance.normal(1, 3, shape).astype("float32")
    weights = [chance.normal(size=8).astype("float32") for _ in range(2)]
    layer, theirs = GroupNorm(groups, epsilon=0.1), keras.layers.GroupNormalization(groups, epsilon=0.1)
    for each in (layer, theirs):
        each.build(shape)
        each.set_weights(weights)
    output = numpy_of(layer(inputs))
    np.testing.assert_allclose(output, oracle(inputs, groups, 0.1) * weights[0] + weights[1], atol=1e-5)
    np.testing.assert_allclose(output, numpy_of(theirs(inputs)), atol=1e-5)


def test_channels_first_is_the_transpose_of_channels_last() -> None:
    inputs = np.random.default_rng(2).normal(size=(2, 6, 5, 40)).astype("float32")
    weights = [np.arange(6.0), -np.arange(6.0)]
    outputs = []
    for layer, x in (
        (GroupNorm(3), inputs.transpose(0, 2, 3, 1)),
        (GroupNorm(3, data_format="channels_first"), inputs),
    ):
        layer.build(x.shape)
        layer.set_weights(weights)
        outputs.append(numpy_of(layer(x)))
    np.testing.assert_allclose(outputs[1], outputs[0].transpose(0, 3, 1, 2), atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "groups"), [(64, 32), (32, 32), (16, 16), (48, 24), (100, 25), (62, 31), (37, 1), (7, 7), (1, 1)]
)
def test_auto_is_the_largest_divisor_up_to_32(channels: int, groups: int) -> None:
    inputs = np.random.default_rng(3).normal(size=(2, 6, channels)).astype("float32")
    layer = GroupNorm()
    np.testing.assert_allclose(numpy_of(layer(inputs)), oracle(inputs, groups), atol=1e-5)
    assert layer.get_config()["groups"] == "auto"


def test_one_group_is_layer_and_each_channel_a_group_is_instance_normalization() -> None:
    inputs = np.random.default_rng(4).normal(size=(2, 5, 4, 6)).astype("float32")
    layer = keras.layers.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5)
    np.testing.assert_allclose(numpy_of(GroupNorm(1)(inputs)), numpy_of(layer(inputs)), atol=1e-5)
    instance = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
    np.testing.assert_allclose(numpy_of(GroupNorm(6)(inputs)), numpy_of(instance(inputs)), atol=1e-5)


def border(x: Any) -> Any:
    x = x + 1000
    x[:, :1] = 0
    return x


FAR = {
    "all at a thousand deviations": lambda x: x + 1000,
    "each sample elsewhere": lambda x: x + 1000 * np.arange(1, len(x) + 1).reshape(-1, *[1] * (x.ndim - 1)),
    "each channel elsewhere": lambda x: x + 1000 * np.arange(x.shape[-1]),
    "channels at opposite ends": lambda x: x + 1000 * (-1) ** np.arange(x.shape[-1]),
    "each channel on another scale": lambda x: (x + 1000) * 10.0 ** (np.arange(x.shape[-1]) % 5 - 2),
    "zeros at the border": border,
}


@pytest.mark.parametrize("groups", [1, 4, 16])
@pytest.mark.parametrize("shape", [(2, 56, 56, 16), (3, 1000, 16), (4, 2, 2, 16), (64, 16)])
@pytest.mark.parametrize("values", FAR)
def test_digits_stay_where_the_mean_is_far_from_zero(values: str, shape: tuple[int, ...], groups: int) -> None:
    inputs = FAR[values](np.random.default_rng(5).normal(size=shape)).astype("float32")
    np.testing.assert_allclose(numpy_of(GroupNorm(groups)(inputs)), oracle(inputs, groups), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 30, 4), (2, 4)])
@pytest.mark.parametrize("value", [0.0, 1.0, -12345.678, 1e10, 1e-30])
def test_equal_values_become_beta(value: float, shape: tuple[int, ...]) -> None:
    inputs = np.full(shape, value, "float32")
    output = numpy_of(GroupNorm(2, beta_initializer=keras.initializers.Constant(3.0))(inputs))
    np.testing.assert_allclose(output, 3.0, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 5, 4, 6), (3, 6)])
def test_float64_stays_exact(shape: tuple[int, ...]) -> None:
    inputs = np.random.default_rng(6).normal(1e6, 1, shape)
    output = numpy_of(GroupNorm(3, dtype="float64")(inputs))
    np.testing.assert_allclose(output, oracle(inputs, 3), atol=1e-9)


def test_half_precision_loses_digits_of_the_output_alone() -> None:
    inputs = np.random.default_rng(7).normal(1000, 200, (2, 50, 8)).astype("float16")
    output = numpy_of(GroupNorm(2, dtype="mixed_float16")(inputs))
    assert output.dtype == np.float16
    # Half the distance of neighbors between 4 and 8 is 2e-3.
    np.testing.assert_allclose(output.astype("float64"), oracle(inputs, 2), atol=2.1e-3)


def test_sizes_that_are_unknown_stay_unknown() -> None:
    inputs = keras.Input((None, None, 8))
    model = keras.Model(inputs, GroupNorm(4)(inputs))
    assert model.output_shape == (None, None, None, 8)
    for size in ((1, 1), (3, 5), (20, 9)):
        x = np.random.default_rng(8).normal(size=(2, *size, 8)).astype("float32")
        np.testing.assert_allclose(model.predict(x, verbose=0), oracle(x, 4), atol=1e-5)


def test_padding_counts_as_keras_counts_it() -> None:
    inputs = np.random.default_rng(9).normal(size=(2, 5, 4)).astype("float32")
    inputs[:, 3:] = 0
    masked = keras.layers.Masking()(keras.ops.convert_to_tensor(inputs))
    np.testing.assert_allclose(numpy_of(GroupNorm(2)(masked)), oracle(inputs, 2), atol=1e-5)


def test_penalties_are_those_of_gamma_and_beta() -> None:
    layer = GroupNorm(2, gamma_regularizer=keras.regularizers.L2(0.5), beta_regularizer=keras.regularizers.L1(0.25))
    layer.build((None, 4))
    layer.set_weights([np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, -1.0, 2.0, -2.0])])
    assert sorted(float(loss) for loss in layer.losses) == [1.5, 15.0]


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(3, 8), (2, 7, 5, 8), (2, 1, 1, 8)])
@pytest.mark.parametrize("groups", [1, 4, 8])
def test_first_and_second_derivatives_are_those_of_the_formula(groups: int, shape: tuple[int, ...]) -> None:
    import tensorflow as tf

    chance = np.random.default_rng(10)
    inputs, upstream = (tf.constant(chance.normal(size=shape)) for _ in range(2))
    weights = [chance.normal(size=8) for _ in range(2)]
    layer = GroupNorm(groups, epsilon=0.1, dtype="float64")
    layer.build(shape)
    layer.set_weights(weights)
    gamma, beta = (tf.constant(weight) for weight in weights)

    # Keras' own is no oracle: `tf.nn.moments` stops a gradient that the second derivative needs.
    def formula(x: Any) -> Any:
        parts = tf.reshape(x, (shape[0], -1, groups, 8 // groups))
        centred = parts - tf.reduce_mean(parts, (1, 3), keepdims=True)
        variance = tf.reduce_mean(centred * centred, (1, 3), keepdims=True)
        return tf.reshape(centred / tf.sqrt(variance + 0.1), shape) * gamma + beta

    found = []
    for function, variables in ((layer, [layer.gamma.value, layer.beta.value]), (formula, [gamma, beta])):
        with tf.GradientTape() as outer:
            outer.watch([inputs, *variables])
            with tf.GradientTape() as inner:
                inner.watch([inputs, *variables])
                outputs = function(inputs)
            first = inner.gradient(outputs, [inputs, *variables], upstream)
            penalty = tf.add_n([tf.reduce_sum(tf.sin(gradient)) for gradient in first])
        second = outer.gradient(penalty, [inputs, variables[0]])
        found.append([gradient.numpy() for gradient in (*first, *second)])
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "arguments",
    [
        {"groups": 0},
        {"groups": -1},
        {"groups": True},
        {"groups": 2.0},
        {"groups": "all"},
        {"epsilon": 0.0},
        {"epsilon": True},
        {"epsilon": float("nan")},
        {"data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        GroupNorm(**arguments)


def test_refuses_groups_that_do_not_divide() -> None:
    with raises(ValueError):
        GroupNorm(4)(keras.Input((5, 6)))


@pytest.mark.parametrize("shape", [(4, None), ()])
def test_refuses_an_input_without_channels(shape: tuple[int | None, ...]) -> None:
    with raises(ValueError):
        GroupNorm()(keras.Input(shape))
