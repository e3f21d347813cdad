"""LSUV is that of an independent computation in NumPy, and each layer of other models has unit variance."""

import keras
import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.feeds.order import order
from kpipe.errors import ArgumentError
from kpipe.layers import DropConnect, Maxout, WeightStandardizedConv2D
from kpipe.train.initialize import LSUV

from .contexts import CLASSES, context_of, data_of, model_of

layers = keras.layers
GENERATOR = np.random.default_rng(4)
ROWS = (3 * GENERATOR.standard_normal((300, 6)) + 1).astype(np.float32)
IMAGES = GENERATOR.uniform(0, 255, (64, 8, 8, 4)).astype(np.float32)
SEQUENCES = GENERATOR.standard_normal((64, 5, 4)).astype(np.float32)
#: The stream of random numbers of the kernels.
STREAM = 1511


def applied(model, inputs, seed=0, loaded=(), **arguments):
    return LSUV(**arguments).apply(context_of(model, data_of(inputs), seed=seed, loaded=loaded))


def orthonormal(rows, columns, seed, place):
    """Independent of the implementation: the polar signs of LAPACK's decomposition in float64."""
    normal = np.random.default_rng([seed, STREAM, place]).standard_normal(
        (1, max(rows, columns), min(rows, columns)), dtype=np.float32
    )[0]
    q, r = np.linalg.qr(normal.astype(np.float64))
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T


def replayed(inputs, units, seed, tolerance, trials):
    """The kernels of dense layers with tanh, and the variances of their outputs."""
    x, found = inputs.astype(np.float64), []
    for place, count in enumerate(units):
        kernel = orthonormal(x.shape[1], count, seed, place)
        variance, done = np.var(x @ kernel), 0
        while abs(variance - 1) >= tolerance and done < trials:
            kernel = kernel / np.sqrt(variance)
            variance, done = np.var(x @ kernel), done + 1
        found.append((kernel, variance))
        x = np.tanh(x @ kernel)
    return found


def test_twenty_layers_with_tanh_are_those_of_numpy():
    model = model_of((6,), *(layers.Dense(24, activation="tanh") for _ in range(20)))
    report = applied(model, ROWS, seed=9, tolerance=0.05)
    first = order(300, 0, 0)[:256]
    expected = replayed(ROWS[first], [24] * 20 + [CLASSES], 9, 0.05, 10)
    assert list(report.initialized) == [layer.name for layer in model.layers[1:]]
    assert report.skipped == {}
    for layer, (kernel, variance) in zip(model.layers[1:], expected, strict=True):
        np.testing.assert_allclose(layer.kernel, kernel, atol=2e-5)
        assert report.initialized[layer.name]["variance"] == pytest.approx(variance, abs=1e-4)
        assert abs(variance - 1) < 0.05
        np.testing.assert_array_equal(layer.bias, 0)


def test_the_same_seed_has_the_same_kernels_and_another_one_others():
    kernels = []
    for seed in (1, 1, 2):
        model = model_of((6,), layers.Dense(5, activation="relu", kernel_initializer="random_normal"))
        applied(model, ROWS, seed=seed)
        kernels.append(np.array(model.layers[1].kernel))
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).all()


def test_the_global_generators_are_not_used():
    model = model_of((6,), layers.Dropout(0.5), layers.Dense(5))
    seeds = [np.array(variable) for variable in model.non_trainable_variables]
    state = np.random.get_state()[1].copy()
    applied(model, ROWS)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    for before, variable in zip(seeds, model.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(before, variable)


def before_activations(model, inputs, training=False):
    """The variances of the outputs of all layers, whose activations are layers of their own."""
    outputs = keras.Model(model.input, [layer.output for layer in model.layers[1:]])(inputs, training=training)
    return {
        layer.name: float(np.var(np.asarray(output, np.float64)))
        for layer, output in zip(model.layers[1:], outputs, strict=True)
    }


KINDS = {
    "conv1d": (SEQUENCES, lambda: layers.Conv1D(6, 3, padding="causal")),
    "conv2d": (IMAGES, lambda: layers.Conv2D(6, 3, strides=2)),
    "groups": (IMAGES, lambda: layers.Conv2D(8, 3, groups=4)),
    "conv2d_transpose": (IMAGES, lambda: layers.Conv2DTranspose(6, 3, strides=2)),
    "depthwise": (IMAGES, lambda: layers.DepthwiseConv2D(3, depth_multiplier=2)),
    "separable": (IMAGES, lambda: layers.SeparableConv2D(6, 3)),
    "einsum": (SEQUENCES, lambda: layers.EinsumDense("abc,cd->abd", (5, 7), bias_axes="d")),
    "dense_of_sequences": (SEQUENCES, lambda: layers.Dense(7)),
    "time_distributed": (SEQUENCES, lambda: layers.TimeDistributed(layers.Dense(7))),
    "drop_connect": (ROWS, lambda: DropConnect(layers.Dense(7), 0.5)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_layer_has_unit_variance(kind):
    inputs, make = KINDS[kind]
    model = model_of(inputs.shape[1:], make(), layers.ReLU(), make(), layers.ReLU(), layers.Flatten())
    report = applied(model, inputs, tolerance=0.01)
    assert len(report.initialized) == 3 and not report.skipped
    found = before_activations(model, inputs[order(len(inputs), 0, 0)[:256]])
    for layer in (model.layers[1], model.layers[3], model.layers[-1]):
        assert found[layer.name] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_an_activation_of_the_layer_is_one_after_it(kind):
    inputs, make = KINDS[kind]
    whole, apart = make(), make()
    inner = getattr(whole, "layer", whole)
    inner.activation = keras.activations.tanh
    models = [
        model_of(inputs.shape[1:], whole, layers.Flatten()),
        model_of(inputs.shape[1:], apart, layers.Activation("tanh"), layers.Flatten()),
    ]
    for model in models:
        applied(model, inputs)
    for first, second in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(first, second)
    assert inner.activation is keras.activations.tanh


def test_normalizations_use_the_statistics_of_the_samples_and_keep_their_own():
    norms = [layers.BatchNormalization(), layers.BatchNormalization()]
    model = model_of((6,), layers.Dense(8), norms[0], layers.ReLU(), layers.Dense(8), norms[1], layers.ReLU())
    report = applied(model, 10 * ROWS, tolerance=0.01)
    for norm in norms:
        np.testing.assert_array_equal(norm.moving_mean, 0)
        np.testing.assert_array_equal(norm.moving_variance, 1)
    assert len(report.initialized) == 3
    found = before_activations(model, 10 * ROWS[order(300, 0, 0)[:256]], training=True)
    for layer in (model.layers[1], model.layers[4], model.layers[7]):
        assert found[layer.name] == pytest.approx(1, abs=0.01)


def test_layers_in_nested_models_are_initialized_in_the_order_of_computation():
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, activation="relu", name="a")], name="inner")
    outer = keras.Sequential([keras.Input((8,)), inner, layers.Dense(8, name="b")], name="outer")
    report = applied(model_of((6,), layers.Dense(8, name="first"), outer), ROWS)
    assert list(report.initialized) == ["first", "outer/inner/a", "outer/b", "out"]
    assert {entry["trials"] for entry in report.initialized.values()} <= {0, 1}


def custom_kernel():
    class Custom(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")

        def call(self, inputs):
            return keras.ops.matmul(inputs, self.kernel)

    return Custom(name="custom")


def unit_norm():
    class UnitNormDense(layers.Dense):
        def call(self, inputs):
            return keras.ops.matmul(inputs, self.kernel / keras.ops.norm(self.kernel))

    return UnitNormDense(4, name="unit_norm")


def frozen():
    layer = layers.Dense(4, name="frozen")
    layer.trainable = False
    return layer


def loop():
    return layers.TimeDistributed(keras.Sequential([layers.Dense(4)]), name="loop")


def attention():
    layer = layers.MultiHeadAttention(2, 2, name="attention")
    return lambda x: layer(x, x)


SKIPPED = {
    "zero": (ROWS, lambda: [layers.Dense(4, name="zero", kernel_initializer="zeros")]),
    "constant": (0 * ROWS, lambda: [layers.Dense(4, name="constant")]),
    "infinite": (ROWS, lambda: [layers.Rescaling(1e38), layers.Rescaling(10.0), layers.Dense(4, name="infinite")]),
    "frozen": (ROWS, lambda: [frozen()]),
    "custom": (ROWS, lambda: [custom_kernel()]),
    "maxout": (ROWS, lambda: [Maxout(4, name="maxout")]),
    "lstm": (SEQUENCES, lambda: [layers.LSTM(4, name="lstm")]),
    "bidirectional": (SEQUENCES, lambda: [layers.Bidirectional(layers.GRU(4), name="bidirectional")]),
    "attention": (SEQUENCES, lambda: [attention(), layers.Flatten()]),
    "loop": (SEQUENCES, lambda: [loop(), layers.Flatten()]),
    "standardized": (IMAGES, lambda: [WeightStandardizedConv2D(4, 3, name="standardized"), layers.Flatten()]),
    "spectral": (ROWS, lambda: [layers.SpectralNormalization(layers.Dense(4), name="spectral")]),
    "unit_norm": (ROWS, lambda: [unit_norm()]),
    "loaded": (ROWS, lambda: [layers.Dense(4, name="loaded")]),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_other_layers_are_skipped_and_keep_their_kernels(name):
    inputs, make = SKIPPED[name]
    hidden = make() if inputs.ndim > 2 or name == "infinite" else [layers.Dense(4, name="before"), *make()]
    model = model_of(inputs.shape[1:], *hidden)
    layer = next(entry for entry in model.layers if entry.name == name)
    before = [np.array(weight) for weight in layer.weights]
    if name in ("constant", "infinite"):
        with raises(ArgumentError):
            applied(model, inputs)
    else:
        report = applied(model, inputs, loaded=["loaded"])
        assert name in report.skipped and name not in report.initialized
        assert "out" in report.initialized or name == "zero"
        expect_message("\n".join([*report.lines("LSUV")][1:]))
    for weight, value in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_a_shared_layer_is_skipped():
    shared = layers.Dense(6, name="shared")
    report = applied(model_of((6,), shared, layers.ReLU(), shared), ROWS)
    assert list(report.initialized) == ["out"]
    expect_message(report.skipped["shared"])


def test_a_skipped_layer_does_not_change_the_draws_of_others():
    kernels = []
    for loaded in ((), ("first",)):
        model = model_of((6,), layers.Dense(5, name="first"), layers.Dense(5, name="second"))
        applied(model, ROWS, loaded=loaded)
        kernel = np.array(model.get_layer("second").kernel, np.float64)
        kernels.append(kernel / np.linalg.norm(kernel))
    np.testing.assert_allclose(*kernels, atol=1e-6)


def test_a_large_bias_is_reported_after_the_last_trial():
    model = model_of((6,), layers.Dense(4, bias_initializer=lambda shape, dtype: np.array([0.0, 4.0, 8.0, 0.0], dtype)))
    report = applied(model, ROWS, max_trials=3)
    assert report.initialized[model.layers[1].name]["trials"] == 3
    expect_message(report.summary)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = model_of((6,), layers.Dense(16, activation="tanh"), layers.Dense(16, activation="tanh"))
    finally:
        keras.config.set_dtype_policy("float32")
    report = applied(model, ROWS)
    assert all(abs(entry["variance"] - 1) < 0.1 for entry in report.initialized.values())
    kernel = np.array(model.layers[1].kernel, np.float64)
    assert model.layers[1].kernel.dtype == "float32"
    # Scaling in half precision would have an error of 1e-3.
    np.testing.assert_allclose(kernel @ kernel.T, (kernel @ kernel.T)[0, 0] * np.eye(6), atol=1e-6)


@pytest.mark.parametrize("arguments", [{"tolerance": 0.0}, {"tolerance": 1.0}, {"max_trials": 0}])
def test_arguments_out_of_range(arguments):
    with raises(ArgumentError):
        LSUV(**arguments)


def test_a_model_without_a_layer_to_initialize():
    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, layers.Rescaling(2.0)(inputs))
    with raises(ArgumentError):
        LSUV().check(context_of(model, data_of(ROWS[:, :3])))
