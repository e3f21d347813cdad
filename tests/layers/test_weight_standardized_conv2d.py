from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from golden import raises

from kpipe.layers.weight_standardized_conv2d import WeightStandardizedConv2D

from .harness import Case

CASES = [
    Case(lambda: WeightStandardizedConv2D(2, 3, padding="same", activation="tanh"), (2, 4, 3, 2), trainable=2),
    Case(
        lambda: WeightStandardizedConv2D(4, (1, 2), strides=2, groups=2, activation="sigmoid", use_bias=False),
        (2, 3, 4, 4),
        trainable=1,
    ),
    Case(
        lambda: WeightStandardizedConv2D(
            6, 2, strides=2, activation="tanh", kernel_regularizer="l2", kernel_constraint="max_norm", epsilon=0.1
        ),
        (2, 6, 6, 2),
        trainable=2,
    ),
]

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def standardized(kernel: Any, epsilon: float) -> Any:
    """The formula of the paper, one filter after the other, float64."""
    kernel = np.asarray(kernel, np.float64)
    result = np.empty_like(kernel)
    for filter_ in range(kernel.shape[-1]):
        weights = kernel[..., filter_]
        result[..., filter_] = (weights - weights.mean()) / np.sqrt(weights.var() + epsilon)
    return result


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"padding": "same", "strides": (2, 1)},
        {"dilation_rate": (1, 2), "activation": "relu"},
        {"groups": 2, "use_bias": False},
        {"data_format": "channels_first"},
    ],
)
@pytest.mark.parametrize("epsilon", [1e-5, 0.1])
def test_is_keras_convolution_with_the_standardized_kernel(arguments: dict[str, Any], epsilon: float) -> None:
    chance = np.random.default_rng(1)
    inputs = chance.normal(size=(2, 4, 7, 8) if "data_format" in arguments else (2, 7, 8, 4)).astype("float32")
    layer = WeightStandardizedConv2D(6, (3, 2), epsilon=epsilon, **arguments)
    theirs = keras.layers.Conv2D(6, (3, 2), **arguments)
    for each in (layer, theirs):
        each.build(inputs.shape)
    weights = [chance.normal(0.5, 0.3, variable.shape) for variable in layer.weights]
    layer.set_weights(weights)
    theirs.set_weights([standardized(weights[0], epsilon), *weights[1:]])
    # Whether TensorFlow itself has a convolution with channels first depends on the processor; XLA has it everywhere.
    calls = [tf.function(each, jit_compile="data_format" in arguments) for each in (layer, theirs)]
    ours, expected = (numpy_of(call(inputs)) for call in calls)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=2e-5)


def test_weights_have_mean_0_and_deviation_1() -> None:
    # An input with a single 1 reads the kernel off the output, mirrored.
    inputs = np.zeros((2, 5, 5, 2), "float32")
    inputs[0, 2, 2, 0] = inputs[1, 2, 2, 1] = 1
    kernel = numpy_of(WeightStandardizedConv2D(7, 3, epsilon=1e-9)(inputs)).reshape(-1, 7)
    assert len(kernel) == 2 * 3 * 3
    np.testing.assert_allclose(kernel.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(kernel.std(axis=0), 1, atol=1e-5)


def test_default_epsilon_is_inside_of_the_root() -> None:
    layer = WeightStandardizedConv2D(1, (1, 2), use_bias=False)
    layer.build((None, 1, 2, 1))
    layer.set_weights([np.array([0.001, -0.001]).reshape(1, 2, 1, 1)])
    output = float(numpy_of(layer(np.array([1.0, 0.0], "float32").reshape(1, 1, 2, 1)))[0, 0, 0, 0])
    np.testing.assert_allclose(output, 0.001 / np.sqrt(1e-6 + 1e-5), rtol=1e-5)


def test_kernel_is_standardized_before_it_is_rounded_to_half_precision() -> None:
    chance = np.random.default_rng(2)
    inputs = chance.normal(size=(2, 5, 5, 3)).astype("float16")
    # Half precision has steps of 1/16 at 100: the deviation would be lost.
    kernel, bias = chance.normal(100, 0.01, (3, 3, 3, 4)).astype("float32"), np.zeros(4)
    outputs = []
    for dtype in ("mixed_float16", "float32"):
        layer = WeightStandardizedConv2D(4, 3, dtype=dtype)
        layer.build(inputs.shape)
        layer.set_weights([kernel, bias])
        outputs.append(numpy_of(layer(inputs)))
    assert outputs[0].dtype == np.float16
    np.testing.assert_allclose(outputs[0].astype("float32"), outputs[1], atol=2e-2)


def test_kernel_that_is_kept_and_regularized_is_the_raw_one(tmp_path: Path) -> None:
    layer = WeightStandardizedConv2D(4, 3, kernel_regularizer=keras.regularizers.L2(0.5))
    model = keras.Sequential([keras.Input((5, 5, 2)), layer])
    kernel = np.random.default_rng(3).normal(5, 2, (3, 3, 2, 4)).astype("float32")
    layer.set_weights([kernel, np.zeros(4)])
    np.testing.assert_allclose(float(layer.losses[0]), 0.5 * np.square(kernel.astype("float64")).sum(), rtol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(numpy_of(loaded.layers[0].kernel), kernel)


@pytest.mark.tensorflow
def test_gradient_moves_neither_mean_nor_scale_of_a_filter() -> None:
    import tensorflow as tf

    chance = np.random.default_rng(4)
    inputs = chance.normal(size=(2, 5, 5, 2))
    # The scale moves by the share of epsilon in a filter's variance, which is to stay far below the tolerance.
    start = keras.initializers.GlorotUniform(seed=4)
    layer = WeightStandardizedConv2D(4, 3, epsilon=1e-16, dtype="float64", kernel_initializer=start)
    layer.build(inputs.shape)
    upstream = chance.normal(size=(2, 3, 3, 4))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(inputs) * upstream)
    gradient, kernel = tape.gradient(total, layer.kernel.value).numpy(), numpy_of(layer.kernel)
    assert np.abs(gradient).max() > 1
    np.testing.assert_allclose(gradient.sum(axis=(0, 1, 2)), 0, atol=1e-9)
    np.testing.assert_allclose((gradient * kernel).sum(axis=(0, 1, 2)), 0, atol=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, -1e-5, float("nan"), True])
def test_refuses_epsilons_out_of_range(epsilon: float) -> None:
    with raises(ValueError):
        WeightStandardizedConv2D(4, 3, epsilon=epsilon)


@pytest.mark.parametrize(("groups", "channels"), [(1, 1), (4, 4)])
def test_refuses_filters_of_one_weight(groups: int, channels: int) -> None:
    with raises(ValueError):
        WeightStandardizedConv2D(4, 1, groups=groups)(keras.Input((5, 5, channels)))


def test_refuses_lora() -> None:
    with raises(ValueError):
        WeightStandardizedConv2D(4, 3, lora_rank=2)
    layer = WeightStandardizedConv2D(4, 3)
    layer.build((None, 5, 5, 2))
    with raises(ValueError):
        layer.enable_lora(2)


# Keras warns of each layer that it cannot quantize, its own InputLayer too.
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method implemented:UserWarning")
def test_quantizing_a_model_leaves_it_as_it_is() -> None:
    model = keras.Sequential([keras.Input((5, 5, 2)), WeightStandardizedConv2D(4, 3)])
    inputs = np.random.default_rng(5).normal(size=(2, 5, 5, 2)).astype("float32")
    expected = model.predict(inputs, verbose=0)
    model.quantize("int8")
    np.testing.assert_array_equal(model.predict(inputs, verbose=0), expected)
