from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import KERAS_CALL, raises

from kpipe.layers.squeeze_excite import SqueezeExcite

from .harness import Case

CASES = [
    Case(lambda: SqueezeExcite(ratio=2), (2, 4, 3, 6), trainable=4),
    Case(lambda: SqueezeExcite(ratio=2, data_format="channels_first"), (2, 6, 4, 3), trainable=4),
    Case(lambda: SqueezeExcite(ratio=3, use_bias=False, kernel_regularizer="l2"), (3, 5, 6), trainable=2),
    Case(
        lambda: SqueezeExcite(
            ratio=4, squeeze_activation="tanh", excite_activation="hard_sigmoid", bias_initializer="ones"
        ),
        (2, 2, 3, 2, 8),
        trainable=4,
    ),
]

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def oracle(x: Any, means: Any, weights: list[Any]) -> Any:
    """Equations 2 to 4 of the paper, channels last, float64; weights as the layer has them."""
    squeeze, squeeze_bias, excite, excite_bias = (np.asarray(weight, np.float64) for weight in weights)
    hidden = np.maximum(means @ squeeze + squeeze_bias, 0)
    gate = 1 / (1 + np.exp(-(hidden @ excite + excite_bias)))
    return x * gate.reshape(len(x), *[1] * (x.ndim - 2), -1)


def prepared(layer: SqueezeExcite, shape: tuple[int, ...]) -> list[Any]:
    """Random weights, biases too."""
    layer.build(shape)
    chance = np.random.default_rng(1)
    weights = [chance.normal(size=variable.shape) for variable in layer.weights]
    layer.set_weights(weights)
    return weights


@pytest.mark.parametrize("shape", [(3, 7, 8), (3, 5, 4, 8), (2, 3, 5, 2, 8)])
@pytest.mark.parametrize("ratio", [1, 3, 8])
def test_is_the_formula_of_the_paper(ratio: int, shape: tuple[int, ...]) -> None:
    inputs = np.random.default_rng(2).normal(1, 2, shape)
    for data_format in ("channels_last", "channels_first"):
        layer = SqueezeExcite(ratio, data_format=data_format, dtype="float64")
        given = inputs if data_format == "channels_last" else np.moveaxis(inputs, -1, 1)
        weights = prepared(layer, given.shape)
        assert weights[0].shape == (8, 8 // ratio)
        output = numpy_of(layer(given))
        output = output if data_format == "channels_last" else np.moveaxis(output, 1, -1)
        means = inputs.reshape(shape[0], -1, 8).mean(axis=1)
        np.testing.assert_allclose(output, oracle(inputs, means, weights), rtol=1e-12)


@pytest.mark.parametrize(("use_bias", "count"), [(True, 2 * 64 * 64 // 16 + 64 // 16 + 64), (False, 2 * 64 * 64 // 16)])
def test_default_ratio_and_number_of_parameters_are_the_papers(use_bias: bool, count: int) -> None:
    layer = SqueezeExcite(use_bias=use_bias)
    model = keras.Sequential([keras.Input((4, 4, 64)), layer])
    assert model.count_params() == count
    assert not layer.non_trainable_weights


def test_activations_are_exchangeable() -> None:
    inputs = np.random.default_rng(3).normal(size=(3, 7, 8))
    layer = SqueezeExcite(2, squeeze_activation="tanh", excite_activation="linear", dtype="float64")
    squeeze, squeeze_bias, excite, excite_bias = prepared(layer, inputs.shape)
    gate = np.tanh(inputs.mean(axis=1) @ squeeze + squeeze_bias) @ excite + excite_bias
    # Keras' tanh is no better than float32 on JAX.
    np.testing.assert_allclose(numpy_of(layer(inputs)), inputs * gate[:, None], rtol=1e-5, atol=1e-6)


def test_penalty_is_that_of_both_kernels() -> None:
    layer = SqueezeExcite(2, kernel_regularizer=keras.regularizers.L2(0.5))
    weights = prepared(layer, (None, 5, 4))
    expected = [0.5 * np.square(weights[0]).sum(), 0.5 * np.square(weights[2]).sum()]
    np.testing.assert_allclose([float(loss) for loss in layer.losses], expected, rtol=1e-6)


@pytest.mark.parametrize("initializer", ["he_normal", keras.initializers.HeNormal(), lambda shape, dtype: ones(shape)])
def test_initializer_is_of_both_kernels(initializer: Any) -> None:
    layer = SqueezeExcite(1, kernel_initializer=initializer)
    layer.build((None, 5, 40))
    squeeze, excite = numpy_of(layer.squeeze.kernel), numpy_of(layer.excite.kernel)
    if callable(initializer) and not isinstance(initializer, keras.initializers.Initializer):
        np.testing.assert_array_equal([squeeze, excite], np.ones((2, 40, 40)))
    else:
        # A sample variance of 1600 normal numbers is within five standard errors of sqrt(2 / 1600).
        np.testing.assert_allclose([squeeze.var(), excite.var()], 2 / 40, rtol=5 * np.sqrt(2 / 1600) + 0.01)
        assert np.abs(np.corrcoef(squeeze.ravel(), excite.ravel())[0, 1]) < 5 / 40


def ones(shape: tuple[int, ...]) -> Any:
    return keras.ops.ones(shape)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("shape", [(3, 6, 8), (3, 6, 2, 8), (3, 6, 2, 2, 8)])
def test_masked_steps_do_not_change_a_gate(shape: tuple[int, ...], data_format: str) -> None:
    inputs = np.random.default_rng(4).normal(size=shape)
    mask = np.arange(6) < np.array([[6], [2], [0]])
    layer = SqueezeExcite(2, data_format=data_format, dtype="float64")
    given = inputs if data_format == "channels_last" else np.moveaxis(inputs, -1, 1)
    weights = prepared(layer, given.shape)
    means = np.array(
        [sample[steps].reshape(-1, 8).mean(axis=0) for sample, steps in zip(inputs[:2], mask[:2], strict=True)]
        + [np.zeros(8)]
    )
    output = numpy_of(layer(given, mask=mask))
    output = output if data_format == "channels_last" else np.moveaxis(output, 1, -1)
    np.testing.assert_allclose(output, oracle(inputs, means, weights), rtol=1e-12)


def test_mask_of_every_position() -> None:
    inputs = np.random.default_rng(5).normal(size=(2, 3, 4, 8))
    mask = np.random.default_rng(6).random((2, 3, 4)) < 0.5
    layer = SqueezeExcite(2, dtype="float64")
    weights = prepared(layer, inputs.shape)
    means = np.array([sample[places].mean(axis=0) for sample, places in zip(inputs, mask, strict=True)])
    np.testing.assert_allclose(numpy_of(layer(inputs, mask=mask)), oracle(inputs, means, weights), rtol=1e-12)


def test_mask_of_a_model_reaches_the_means() -> None:
    inputs = np.random.default_rng(7).normal(size=(1, 5, 8)).astype("float32")
    padded = np.concatenate([inputs, np.zeros((1, 3, 8), "float32")], axis=1)
    model = keras.Sequential([keras.Input((None, 8)), keras.layers.Masking(), SqueezeExcite(2)])
    found = model.predict(padded, verbose=0)
    np.testing.assert_allclose(found[:, :5], model.predict(inputs, verbose=0), rtol=1e-5, atol=1e-6)


def test_means_do_not_overflow_in_half_precision() -> None:
    inputs = np.full((1, 64, 64, 4), 60.0, "float16")
    layer = SqueezeExcite(2, dtype="mixed_float16", kernel_initializer=keras.initializers.Constant(0.01))
    expected = 60 / (1 + np.exp(-2 * 0.01 * 4 * 0.01 * 60))
    np.testing.assert_allclose(numpy_of(layer(inputs)).astype("float64"), expected, rtol=2e-3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"ratio": 0},
        {"ratio": True},
        {"ratio": 0.5},
        {"data_format": "last"},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        SqueezeExcite(**arguments)


def test_refuses_a_ratio_larger_than_the_channels() -> None:
    with raises(ValueError):
        SqueezeExcite()(keras.Input((5, 8)))


@pytest.mark.parametrize("shape", [(8,), (5, None), (1, 2, 3, 4, 8)])
def test_refuses_inputs_without_positions_or_channels(shape: tuple[int | None, ...]) -> None:
    with raises(ValueError):
        SqueezeExcite(2)(keras.Input(shape))


@pytest.mark.parametrize("mask", [(3,), (3, 5, 8)])
def test_refuses_a_mask_that_does_not_fit(mask: tuple[int, ...]) -> None:
    with raises(ValueError, foreign=KERAS_CALL):
        SqueezeExcite(2)(np.ones((3, 5, 8), "float32"), mask=np.ones(mask, bool))
