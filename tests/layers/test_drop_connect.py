from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from golden import KERAS_CALL, raises
from keras import layers
from random_seed import set_random_seed

from kpipe.layers.drop_connect import DropConnect

from .harness import Case, called, outputs_of_steps


def convolution(kind: Any) -> Any:
    return kind(1, 2, activation="tanh", data_format="channels_last")


CASES = [
    Case(lambda: DropConnect(layers.Dense(4, activation="tanh"), 0.5, seed=1), (6, 5), trainable=2, random=True),
    Case(lambda: DropConnect(layers.Dense(2), 0.3, mask="sample", seed=1), (4, 2, 3), trainable=2, random=True),
    Case(
        lambda: DropConnect(layers.Dense(4, activation="tanh"), 0.2, inference="gaussian", samples=50, seed=1),
        (6, 5),
        trainable=2,
        random=True,
        half_tolerance=5e-2,
    ),
    Case(
        lambda: DropConnect(convolution(layers.Conv2D), 0.3, seed=1),
        (3, 3, 3, 1),
        trainable=2,
        random=True,
        integers=False,
    ),
    Case(
        lambda: DropConnect(convolution(layers.SeparableConv2D), 0.1, seed=1),
        (3, 3, 3, 1),
        trainable=3,
        random=True,
        integers=False,
    ),
    Case(lambda: DropConnect(layers.LSTM(2, return_sequences=True), 0.5, seed=1), (3, 4, 2), trainable=3, random=True),
    Case(
        lambda: DropConnect(layers.GRU(4), 0.5, kernels=["kernel"], seed=1),
        (3, 5, 2),
        trainable=3,
        random=True,
        mask="ends",
    ),
]


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


def dropped_kernels(layer: DropConnect, inputs: int, samples: int = 1) -> Any:
    """What a training step multiplies by, (samples, inputs, units): unit vectors bring out the rows of the kernel."""
    rows = np.broadcast_to(np.eye(inputs, dtype="float32"), (samples, inputs, inputs))
    return numpy_of(layer(keras.ops.convert_to_tensor(np.array(rows)), training=True))


def test_drops_weights_at_the_rate_and_scales_the_others() -> None:
    layer = DropConnect(layers.Dense(50), 0.3, seed=1)
    found = dropped_kernels(layer, 40)[0]
    kernel = numpy_of(layer.layer.kernel)
    kept = found != 0
    np.testing.assert_allclose(found, np.where(kept, kernel / 0.7, 0), rtol=1e-6)
    assert abs(kept.mean() - 0.7) < 4.5 * math.sqrt(0.21 / 2000)
    # Not whole rows or columns, as dropout of activations would: their shares spread as those of independent draws.
    for axis, count in ((0, 40), (1, 50)):
        assert np.abs(kept.mean(axis=axis) - 0.7).max() < 4.5 * math.sqrt(0.21 / count)


def test_a_batch_shares_its_mask_and_steps_do_not() -> None:
    layer = DropConnect(layers.Dense(6), 0.5, seed=2)
    first = dropped_kernels(layer, 5, samples=3)
    np.testing.assert_array_equal(first[0], first[1])
    np.testing.assert_array_equal(first[0], first[2])
    assert np.any(dropped_kernels(layer, 5) != first[:1])


def test_each_sample_has_a_mask_of_its_own() -> None:
    samples = 200
    layer = DropConnect(layers.Dense(6), 0.4, mask="sample", seed=3)
    found = dropped_kernels(layer, 5, samples)
    kernel = numpy_of(layer.layer.kernel)
    kept = found != 0
    np.testing.assert_allclose(found, np.where(kept, kernel / 0.6, 0), rtol=1e-5)
    error = math.sqrt(0.24 / samples)
    np.testing.assert_allclose(kept.mean(axis=0), 0.6, atol=4.5 * error)
    # Neighbors agree in a weight as often as independent draws do.
    agreeing = np.mean(kept[1:] == kept[:-1])
    assert abs(agreeing - 0.52) < 4.5 * math.sqrt(0.52 * 0.48 / (199 * 30)) * 2


@pytest.mark.parametrize("shape", [(4, 5), (4, 3, 5), (4, 2, 3, 5)])
def test_masks_by_sample_act_at_all_places_of_a_sample(shape: tuple[int, ...]) -> None:
    inputs = np.random.default_rng(0).normal(size=shape).astype("float32")
    dense = layers.Dense(3, activation="tanh", bias_initializer="normal")
    layer, twin = (DropConnect(dense, 0.5, mask="sample", seed=4) for _ in range(2))
    output = numpy_of(layer(inputs, training=True))
    bias = numpy_of(dense.bias)
    dense.activation = keras.activations.linear
    twin(inputs)
    kernels = dropped_kernels(twin, 5, samples=4) - bias
    expected = np.tanh(np.einsum("n...i,niu->n...u", inputs, kernels) + bias)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


SEQUENCE, IMAGE = (3, 6, 4), (2, 6, 6, 4)
WRAPPED: list[tuple[Any, tuple[int, ...], Any, list[int]]] = [
    (lambda: layers.Dense(3, activation="relu", bias_initializer="normal"), (4, 5), None, [0]),
    (lambda: layers.EinsumDense("abc,cd->abd", (6, 3), bias_axes="d"), SEQUENCE, None, [0]),
    (lambda: layers.Conv1D(3, 2, padding="causal"), SEQUENCE, None, [0]),
    (lambda: layers.Conv2D(4, 3, groups=2, data_format="channels_last"), IMAGE, None, [0]),
    (lambda: layers.Conv3D(2, 2, data_format="channels_last"), (2, 3, 3, 3, 2), None, [0]),
    (lambda: layers.Conv2DTranspose(3, 2, strides=2, data_format="channels_last"), IMAGE, "kernel", [0]),
    (lambda: layers.DepthwiseConv2D(3, data_format="channels_last"), IMAGE, None, [0]),
    (lambda: layers.SeparableConv1D(3, 2), SEQUENCE, None, [0, 1]),
    (lambda: layers.SeparableConv1D(3, 2), SEQUENCE, "pointwise_kernel", [1]),
    (lambda: layers.SimpleRNN(3), SEQUENCE, None, [1]),
    (lambda: layers.LSTM(3, return_sequences=True), SEQUENCE, None, [1]),
    (lambda: layers.LSTM(3), SEQUENCE, ["kernel", "recurrent_kernel"], [0, 1]),
    (lambda: layers.GRU(3, unroll=True), SEQUENCE, "kernel", [0]),
    (lambda: layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)]), SEQUENCE, None, [1, 4]),
    (lambda: layers.Bidirectional(layers.LSTM(3)), SEQUENCE, None, [1, 4]),
]


@pytest.mark.parametrize(("make", "shape", "kernels", "places"), WRAPPED)
def test_is_the_layer_with_a_dropped_kernel(make: Any, shape: Any, kernels: Any, places: list[int]) -> None:
    inputs = keras.ops.convert_to_tensor(np.random.default_rng(1).normal(size=shape).astype("float32"))
    wrapped = make()
    layer = DropConnect(wrapped, 0.4, kernels=kernels, seed=5)
    bare = called(layer, inputs)
    before = wrapped.get_weights()
    outputs = [called(layer, inputs, training=True) for _ in range(2)]
    assert np.any(outputs[0] != outputs[1])
    # The draws of the same seed, one for each weight in their order, put into the layer itself.
    seeds = keras.random.SeedGenerator(5)
    for output in outputs:
        weights = [weight.copy() for weight in before]
        for place in places:
            kept = numpy_of(keras.random.uniform(weights[place].shape, dtype="float32", seed=seeds)) >= 0.4
            weights[place] = np.where(kept, weights[place] / np.float32(0.6), 0).astype("float32")
        wrapped.set_weights(weights)
        np.testing.assert_allclose(output, called(wrapped, inputs), rtol=1e-5, atol=1e-6)
        wrapped.set_weights(before)
    np.testing.assert_array_equal(called(layer, inputs), bare)


@pytest.mark.parametrize("mask", ["batch", "sample"])
def test_expectation_of_training_is_inference(mask: Any) -> None:
    inputs = np.random.default_rng(2).normal(size=(4, 10)).astype("float32")
    layer = DropConnect(layers.Dense(6, bias_initializer="normal"), 0.4, mask=mask, seed=6)
    expected = numpy_of(layer(inputs))
    steps = 400
    mean = outputs_of_steps(layer, inputs, steps, training=True).mean(axis=0)
    variance = 0.4 / 0.6 * np.square(inputs) @ np.square(numpy_of(layer.layer.kernel))
    assert np.abs((mean - expected) / np.sqrt(variance / steps)).max() < 4.5


@pytest.mark.parametrize("arguments", [{}, {"mask": "sample"}, {"inference": "gaussian"}])
def test_without_a_rate_it_is_the_layer(arguments: dict[str, Any]) -> None:
    inputs = np.random.default_rng(3).normal(size=(4, 10)).astype("float32")
    dense = layers.Dense(6, activation="relu")
    layer = DropConnect(dense, 0.0, **arguments)
    for training in (False, True):
        np.testing.assert_array_equal(numpy_of(layer(inputs, training=training)), numpy_of(dense(inputs)))


def test_gaussian_inference_is_the_expectation_of_the_activation() -> None:
    inputs = np.random.default_rng(4).normal(size=(5, 8)).astype("float32")
    dense, samples = layers.Dense(6, activation="relu", bias_initializer="normal"), 10000
    layer = DropConnect(dense, 0.5, inference="gaussian", samples=samples, seed=7)
    output = numpy_of(layer(inputs))
    kernel, bias = dense.get_weights()
    mean, deviation = inputs @ kernel + bias, np.sqrt(np.square(inputs) @ np.square(kernel))
    # E max(0, N(m, s)) = m P(m / s) + s p(m / s) of the standard normal distribution P and its density p.
    below = np.array([0.5 * math.erfc(-entry / math.sqrt(2)) for entry in (mean / deviation).flat]).reshape(mean.shape)
    density = np.exp(-np.square(mean / deviation) / 2) / math.sqrt(2 * math.pi)
    expected = mean * below + deviation * density
    # The rectified number deviates by less than the number itself.
    assert np.abs((output - expected) / (deviation / math.sqrt(samples))).max() < 4.5


def test_gaussian_inference_is_near_the_mean_of_many_masked_networks() -> None:
    inputs = np.random.default_rng(5).normal(size=(1, 300)).astype("float32")
    dense = layers.Dense(5, activation="tanh", kernel_initializer=keras.initializers.RandomNormal(0, 0.1, seed=1))
    gaussian = DropConnect(dense, 0.5, inference="gaussian", samples=4000, seed=8)
    networks = DropConnect(dense, 0.5, mask="sample", seed=9)
    masked = numpy_of(networks(np.repeat(inputs, 2000, axis=0), training=True))
    # Standard errors of both means, and 0.02 since the sum of 300 terms is not quite normal: it is three times the change
    # that a kurtosis of -2 / 300 could bring.
    error = 4.5 * (masked.std(axis=0) * math.sqrt(1 / 2000 + 1 / 4000)) + 0.02
    found = numpy_of(gaussian(inputs))[0]
    assert np.all(np.abs(found - masked.mean(axis=0)) < error)
    # And it is not what the mean network says.
    mean = numpy_of(dense(inputs))[0]
    assert np.abs(mean - masked.mean(axis=0)).max() > error.max()


def test_gaussian_inference_repeats_and_sees_each_sample_by_itself() -> None:
    inputs = np.random.default_rng(6).normal(size=(4, 3, 8)).astype("float32")
    layer = DropConnect(layers.Dense(6, activation="relu"), 0.5, inference="gaussian", samples=20, seed=7)
    output = numpy_of(layer(inputs))
    np.testing.assert_array_equal(numpy_of(layer(inputs)), output)
    np.testing.assert_allclose(numpy_of(layer(inputs[2:3])), output[2:3], rtol=1e-5, atol=1e-6)
    assert np.isfinite(numpy_of(layer(np.zeros_like(inputs)))).all()


def trained(layer: DropConnect, inputs: Any, rate: float = 1.0) -> tuple[Any, Any]:
    """The layer's kernel before and after one step of gradient descent on the sum of its outputs."""
    model = keras.Sequential([keras.Input(inputs.shape[1:]), layer])
    before = model.get_weights()[0]
    model.compile(keras.optimizers.SGD(rate), loss=lambda truth, output: keras.ops.sum(output))
    model.train_on_batch(inputs, np.zeros((len(inputs), 1)))
    return before, model.get_weights()[0]


def test_dropped_weights_get_no_gradient_and_others_a_scaled_one() -> None:
    inputs = np.random.default_rng(7).uniform(1, 2, size=(4, 10)).astype("float32")
    before, after = trained(DropConnect(layers.Dense(20, use_bias=False), 0.4, seed=1), inputs)
    kept = numpy_of(keras.random.uniform((10, 20), dtype="float32", seed=keras.random.SeedGenerator(1))) >= 0.4
    expected = inputs.sum(axis=0)[:, None] * kept / 0.6
    np.testing.assert_allclose(before - after, expected, rtol=1e-4, atol=1e-5)


def test_regularizers_and_constraints_see_the_whole_kernel() -> None:
    inputs = np.random.default_rng(8).normal(size=(4, 10)).astype("float32")
    dense = layers.Dense(20, kernel_regularizer=keras.regularizers.L2(0.5), kernel_constraint="unit_norm")
    layer = DropConnect(dense, 0.9, seed=1)
    model = keras.Sequential([keras.Input((10,)), layer])
    layer(inputs, training=True)
    np.testing.assert_allclose(float(sum(layer.losses)), 0.5 * np.square(dense.get_weights()[0]).sum(), rtol=1e-5)
    model.compile("sgd", "mse")
    model.train_on_batch(inputs, np.zeros((4, 20)))
    np.testing.assert_allclose(np.linalg.norm(dense.get_weights()[0], axis=0), 1, rtol=1e-4)


@pytest.mark.parametrize("mask", ["batch", "sample"])
def test_losses_of_activities_are_counted_once(mask: Any) -> None:
    inputs = np.random.default_rng(9).normal(size=(4, 10)).astype("float32")
    layer = DropConnect(layers.Dense(20, activity_regularizer=keras.regularizers.L1(0.1)), 0.5, mask=mask, seed=1)
    output = numpy_of(layer(inputs, training=True))
    np.testing.assert_allclose(float(sum(layer.losses)), 0.1 * np.abs(output).sum() / 4, rtol=1e-5)
    model = keras.Sequential([keras.Input((10,)), layer])
    model.compile(keras.optimizers.SGD(0.0), loss=lambda truth, output: 0.0 * keras.ops.sum(output))
    weights = layer.get_weights()
    loss = float(np.ravel(model.train_on_batch(inputs, np.zeros((4, 20))))[0])
    # Of another mask, and so not the same; but of one mask, not of two and not of none.
    assert 0.5 < loss / (0.1 * np.abs(output).sum() / 4) < 1.5
    for old, new in zip(weights, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_states_of_the_layer_advance() -> None:
    """The seeds of its dropout advance, in a call and in what a JAX training calls."""
    inputs = keras.ops.convert_to_tensor(np.ones((2, 3, 4), "float32"))
    layer = DropConnect(layers.LSTM(3, dropout=0.5, seed=1), 0.5, seed=2)
    layer(inputs)
    state = layer.layer.cell.seed_generator.state
    before = numpy_of(state)
    layer(inputs, training=True)
    after = numpy_of(state)
    assert np.any(after != before)
    trainable, rest = (
        [v.value for v in values] for values in (layer.trainable_variables, layer.non_trainable_variables)
    )
    _, new = layer.stateless_call(trainable, rest, inputs, training=True)
    np.testing.assert_array_equal(numpy_of(state), after)
    place = next(i for i, variable in enumerate(layer.non_trainable_variables) if variable is state)
    assert np.any(numpy_of(new[place]) != after)


def test_stateless_calls_drop_from_the_weights_they_are_given() -> None:
    inputs = keras.ops.convert_to_tensor(np.random.default_rng(10).normal(size=(4, 10)).astype("float32"))
    layer = DropConnect(layers.Dense(20), 0.5, seed=2)
    layer(inputs)
    rest = [variable.value for variable in layer.non_trainable_variables]
    kernel, bias = (variable.value for variable in layer.trainable_variables)
    one, _ = layer.stateless_call([kernel, bias], rest, inputs, training=True)
    three, _ = layer.stateless_call([3 * kernel, bias + 1], rest, inputs, training=True)
    np.testing.assert_allclose(numpy_of(three), 3 * numpy_of(one) + 1, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_padding_reaches_the_layer(training: bool) -> None:
    values = np.random.default_rng(11).normal(size=(2, 5, 3)).astype("float32")
    values[:, 3:] = 0
    layer, twin = (DropConnect(layers.LSTM(4, return_sequences=True), 0.5, seed=3) for _ in range(2))
    short = values[:, :3]
    twin(short)
    masked = layers.Masking()(keras.ops.convert_to_tensor(values))
    layer(masked)
    layer.layer.set_weights(twin.layer.get_weights())
    output = layer(masked, training=training)
    np.testing.assert_array_equal(numpy_of(output._keras_mask), np.arange(5)[None].repeat(2, axis=0) < 3)
    expected = numpy_of(twin(short, training=training))
    np.testing.assert_allclose(numpy_of(output)[:, :3], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        (lambda: layers.Dense(1, activation="tanh"), {}),
        (lambda: layers.Dense(1, activation="tanh"), {"mask": "sample"}),
        (lambda: layers.Dense(1, activation="tanh"), {"inference": "gaussian", "samples": 5}),
        (lambda: layers.LSTM(1), {}),
    ],
)
def test_learns(layer: Any, arguments: dict[str, Any]) -> None:
    chance = np.random.default_rng(12)
    inputs = chance.normal(size=(64, 4, 3) if isinstance(layer(), layers.LSTM) else (64, 3)).astype("float32")
    set_random_seed(1)
    model = keras.Sequential([keras.Input(inputs.shape[1:]), DropConnect(layer(), 0.2, seed=1, **arguments)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    truth = np.tanh(inputs.reshape(64, -1)[:, -3:].sum(axis=1, keepdims=True))
    before = model.evaluate(inputs, truth, verbose=0)
    model.fit(inputs, truth, epochs=8, batch_size=16, verbose=0)
    assert model.evaluate(inputs, truth, verbose=0) < 0.5 * before


class Custom(layers.Dense):
    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return 2 * super().call(inputs)


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        (layers.Dense(3), {"rate": 1}),
        (layers.Dense(3), {"rate": -0.5}),
        (layers.Dense(3), {"rate": float("nan")}),
        (layers.Dense(3), {"rate": False}),
        (layers.Dense(3), {"mask": "step"}),
        (layers.Dense(3), {"inference": "exact"}),
        (layers.Dense(3), {"samples": 0}),
        (layers.Dense(3), {"samples": 2.5}),
        (layers.Dense(3), {"samples": True}),
        (layers.Conv1D(3, 2), {"mask": "sample"}),
        (Custom(3), {"mask": "sample"}),
        (layers.LSTM(3), {"inference": "gaussian"}),
        (keras.activations.relu, {}),
    ],
)
def test_refuses_arguments_out_of_range(layer: Any, arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        DropConnect(layer, **{"rate": 0.5, **arguments})


@pytest.mark.parametrize(
    ("layer", "kernels"),
    [
        (layers.BatchNormalization(), None),
        (layers.Dense(3), "recurrent_kernel"),
        (layers.LSTM(3), ["kernel", "pointwise_kernel"]),
        (layers.Dense(3), "units"),
    ],
)
def test_refuses_layers_without_the_kernel(layer: Any, kernels: Any) -> None:
    with raises(ValueError):
        DropConnect(layer, 0.5, kernels=kernels)(np.zeros((2, 3, 4), "float32"))


def test_refuses_low_rank_adapters() -> None:
    layer = DropConnect(layers.Dense(3), 0.5)
    inputs = np.zeros((2, 4), "float32")
    layer(inputs)
    layer.layer.enable_lora(1)
    with raises(ValueError, foreign=KERAS_CALL):
        layer(inputs)


def test_an_initial_state_is_handed_to_a_recurrent_layer_and_its_states_come_out() -> None:
    chance = np.random.default_rng(0)
    steps, state = chance.normal(size=(6, 5, 3)).astype("float32"), chance.normal(size=(6, 4)).astype("float32")
    layer = DropConnect(keras.layers.GRU(4), 0.5, seed=1)
    expected = keras.ops.convert_to_numpy(layer.layer(steps, initial_state=state))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(steps, initial_state=state)), expected)
    assert np.abs(keras.ops.convert_to_numpy(layer(steps, initial_state=state, training=True)) - expected).max() > 1e-3
    encoded = keras.layers.LSTM(4, return_state=True)(keras.Input((5, 3)))
    decoder = DropConnect(keras.layers.LSTM(4, return_sequences=True, return_state=True), 0.5)
    outputs = decoder(keras.Input((7, 3)), initial_state=encoded[1:])
    assert [tuple(tensor.shape) for tensor in outputs] == [(None, 7, 4), (None, 4), (None, 4)]


@pytest.mark.parametrize(("outer", "inner"), [("mixed_float16", "float32"), ("float32", "mixed_float16")])
@pytest.mark.parametrize("options", [{}, {"mask": "sample"}, {"inference": "gaussian", "samples": 2}])
def test_returns_the_announced_dtype_regardless_of_the_inner_layer(
    outer: str, inner: str, options: dict[str, Any]
) -> None:
    layer = DropConnect(layers.Dense(2, dtype=inner), 0.5, dtype=outer, **options)
    symbolic = layer(keras.Input((3,)))
    for training in (False, True):
        output = layer(np.ones((2, 3), "float32"), training=training)
        assert symbolic.dtype == keras.backend.standardize_dtype(output.dtype) == layer.compute_dtype


def test_states_of_a_recurrent_layer_have_the_announced_type_too() -> None:
    layer = DropConnect(layers.LSTM(2, return_state=True, dtype="float32"), 0.5, dtype="mixed_float16")
    announced = layer(keras.Input((4, 3)))
    found = layer(np.ones((2, 4, 3), "float32"))
    assert [entry.dtype for entry in announced] == ["float16"] * 3
    assert [keras.backend.standardize_dtype(entry.dtype) for entry in found] == ["float16"] * 3
