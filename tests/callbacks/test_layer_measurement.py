"""The values of each layer are those of NumPy, and measuring changes nothing."""

import random

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import LayerMeasurement
from kpipe_callbacks._keras_internals import global_seed_state, set_global_seed_state
from random_seed import set_random_seed

from kpipe.layers import Residual, StochasticDepth

from .training import arrays, same, samples

layers = keras.layers
#: float32 against float64.
CLOSE = {"rel": 2e-5, "abs": 1e-7}


def compiled(model, loss="mse", **arguments):
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss, **arguments)
    return model


def by_layer(model, batch, **arguments):
    return {entry.layer: entry for entry in LayerMeasurement(model, batch, **arguments)().layers}


def state(model):
    return arrays([*model.variables, *model.optimizer.variables, *model.metrics_variables])


def inputs(count=6, features=3, seed=1):
    return np.random.default_rng(seed).normal(size=(count, features)).astype("float32")


# Numbers, by hand.


def perceptron():
    """Its second unit of the first layer is dead, and some of the second layer are saturated."""
    set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4, activation="relu", name="first"),
            layers.Dense(
                5, activation="tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=2), name="second"
            ),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )
    bias = np.array([0.1, -50, 0.2, 0], "float32")
    model.layers[0].bias.assign(bias)
    return compiled(model, "categorical_crossentropy")


def by_hand(model, x, y, weight):
    """Statistics of an MLP in float64, with gradients written out."""
    values = [entry.astype(np.float64) for entry in arrays(model.trainable_variables)]
    (w1, b1), (w2, b2), (w3, b3) = zip(values[::2], values[1::2], strict=True)
    h1 = np.maximum(x @ w1 + b1, 0)
    h2 = np.tanh(h1 @ w2 + b2)
    scores = np.exp(h2 @ w3 + b3)
    p = scores / scores.sum(1, keepdims=True)
    count = len(x)
    loss = -(weight * np.log((p * y).sum(1))).sum() / count
    d3 = weight[:, None] * (p - y) / count
    d2 = (d3 @ w3.T) * (1 - h2**2)
    d1 = (d2 @ w2.T) * (h1 > 0)
    gradients = [x.T @ d1, h1.T @ d2, h2.T @ d3]
    found = []
    for h, w, g in zip([h1, h2, p], [w1, w2, w3], gradients, strict=True):
        spread = np.sqrt(h.var(0).mean())
        found.append((h.mean(), spread, np.linalg.norm(g), np.linalg.norm(w)))
    return loss, found, (~(h1 > 0).any(0)).mean(), (np.abs(h2) > 0.99).mean()


def test_values_of_a_perceptron_are_those_of_numpy():
    model, x = perceptron(), inputs()
    y, weight = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]], np.array([1, 2, 0.5, 1, 0, 3], "float32")
    loss, expected, dead, saturated = by_hand(model, x.astype(np.float64), y, weight)
    assert 0 < dead < 1
    assert 0 < saturated < 1
    values = LayerMeasurement(model, (x, y, weight))()
    assert values.loss == pytest.approx(loss, **CLOSE)
    found = [(entry.mean, entry.deviation, entry.gradient_norm, entry.weight_norm) for entry in values.layers]
    assert [number for line in found for number in line] == pytest.approx(
        [n for line in expected for n in line], **CLOSE
    )
    first, second, out = values.layers
    assert (first.dead, first.saturated) == (pytest.approx(dead), None)
    assert (second.dead, second.saturated) == (None, pytest.approx(saturated))
    assert (out.dead, out.saturated, out.update_ratio) == (None, None, None)
    assert [entry.is_output for entry in values.layers] == [False, False, True]
    assert [entry.class_name for entry in values.layers] == ["Dense"] * 3


def test_the_weights_of_the_norms_are_known_after_a_call():
    model, x = perceptron(), inputs()
    measurement = LayerMeasurement(model, (x, np.eye(3, dtype="float32")[[0] * 6]))
    assert measurement.weights == {}
    measurement()
    kernels = {name: [model.get_layer(name).kernel] for name in ("first", "second", "out")}
    assert {name: [id(entry) for entry in found] for name, found in measurement.weights.items()} == {
        name: [id(entry) for entry in found] for name, found in kernels.items()
    }


def test_each_call_measures_the_current_weights():
    layer = layers.Dense(1, kernel_initializer="ones", name="out")
    model = compiled(keras.Sequential([keras.Input((1,)), layer]))
    measurement = LayerMeasurement(model, (np.array([[1.0], [3.0]]), np.zeros((2, 1))))
    assert [measurement().layers[0].deviation for _ in range(2)] == [1, 1]
    layer.kernel.assign([[2.0]])
    values = measurement()
    assert (values.loss, values.layers[0].mean, values.layers[0].deviation) == (20, 4, 2)


def test_a_layer_that_returns_the_same_for_all_samples_has_no_deviation():
    model = compiled(keras.Sequential([keras.Input((3,)), layers.Dense(2, kernel_initializer="zeros", name="same")]))
    model.layers[0].bias.assign([1, 5])
    values = by_layer(model, (inputs(), np.ones((6, 2))))["same"]
    assert (values.mean, values.deviation) == (3, 0)


@pytest.mark.parametrize(
    ("activation", "dead", "saturated"),
    [
        ("relu", 1 / 3, None),
        ("relu6", 1 / 3, None),
        ("leaky_relu", None, None),
        ("linear", None, None),
        ("gelu", None, None),
        ("tanh", None, 2 / 3),
        ("hard_tanh", None, 2 / 3),
        ("sigmoid", None, 1 / 3),
        ("hard_sigmoid", None, 1 / 2),
    ],
)
@pytest.mark.parametrize("is_layer", [True, False])
def test_activations_are_dead_or_saturated_by_their_kind(activation, dead, saturated, is_layer):
    kernel = {"kernel_initializer": "identity", "name": "measured"}
    net = [layers.Dense(3, **{**kernel, "name": "dense"}), layers.Activation(activation, name="measured")]
    net = net if is_layer else [layers.Dense(3, activation=activation, **kernel)]
    model = compiled(keras.Sequential([keras.Input((3,)), *net]))
    x = np.array([[-9, 0.5, 9], [-2.8, 3.5, 0.9]], "float32")
    values = by_layer(model, (x, x))["measured"]
    assert (values.dead, values.saturated) == (
        None if dead is None else pytest.approx(dead),
        None if saturated is None else pytest.approx(saturated),
    )


def test_layers_of_rectifiers_are_dead_unless_they_have_a_slope():
    net = [layers.ReLU(name="plain"), layers.ReLU(negative_slope=0.1, name="sloped"), layers.LeakyReLU(name="leaky")]
    model = compiled(keras.Sequential([keras.Input((3,)), *net]))
    values = by_layer(model, (-np.abs(inputs()), np.zeros((6, 3))))
    assert {name: entry.dead for name, entry in values.items()} == {"plain": 1, "sloped": None, "leaky": None}


def test_a_channel_is_dead_if_it_is_so_at_all_positions():
    net = layers.Conv2D(2, 1, use_bias=False, activation="relu", name="conv")
    model = compiled(keras.Sequential([keras.Input((2, 2, 1)), net, layers.Flatten(), layers.Dense(1)]))
    net.kernel.assign([[[[1.0, -1.0]]]])
    x = np.zeros((3, 2, 2, 1), "float32")
    x[1, 0, 1] = 2
    values = by_layer(model, (x, np.zeros((3, 1))))["conv"]
    assert (values.dead, values.channels) == (0.5, 2)


def test_convolutions_are_measured_over_positions():
    model = compiled(keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(3, 3, name="conv"), layers.Flatten()]))
    x = np.random.default_rng(0).normal(size=(5, 4, 4, 2)).astype("float32")
    values, output = by_layer(model, (x, np.zeros((5, 12))))["conv"], np.array(model.layers[0](x), np.float64)
    assert values.mean == pytest.approx(output.mean(), **CLOSE)
    assert values.deviation == pytest.approx(np.sqrt(output.var(0).mean()), **CLOSE)
    assert values.is_output


def test_outputs_are_all_of_few_values_and_a_fixed_sample_of_many():
    net = layers.Dense(16, name="dense", kernel_initializer="zeros")
    model = compiled(keras.Sequential([keras.Input((3,)), net]))
    net.bias.assign(np.arange(16.0))
    few = by_layer(model, (inputs(), np.zeros((6, 16))))["dense"].outputs
    np.testing.assert_array_equal(few, np.tile(np.arange(16), 6))
    many = [by_layer(model, (inputs(1024), np.zeros((1024, 16))))["dense"].outputs for _ in range(2)]
    np.testing.assert_array_equal(*many)
    # Each channel has about the same share of the sample.
    assert np.bincount(many[0].astype(int)).tolist() == pytest.approx([64] * 16, abs=3)


# Nothing changes.


def everything():
    """A model with all that a training step changes."""
    set_random_seed(2)
    net = [
        layers.GaussianNoise(0.1),
        layers.Dense(8, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.4, seed=3),
        layers.Dense(1, kernel_regularizer="l2"),
    ]
    model = compiled(keras.Sequential([keras.Input((3,)), *net]), metrics=["mae"])
    x, y = samples()
    model.fit(x, y, batch_size=8, verbose=0)
    return model, (x[:8], y[:8])


@pytest.mark.parametrize("training", [False, True])
def test_nothing_changes(training):
    model, batch = everything()
    before, seed, generators = state(model), global_seed_state(), (random.getstate(), np.random.get_state())
    measurement = LayerMeasurement(model, batch, training=training)
    first, second = measurement(), measurement()
    once = LayerMeasurement(model, batch, training=training, once=True)()
    assert same(state(model), before)
    np.testing.assert_equal([seed, *generators], [global_seed_state(), random.getstate(), np.random.get_state()])
    # The seeds are those of before, too.
    assert first.loss == second.loss
    assert once.loss == pytest.approx(first.loss, rel=1e-6)
    for found, expected in zip(once.layers, first.layers, strict=True):
        assert (found.layer, found.channels) == (expected.layer, expected.channels)
        numbers = [[entry.mean, entry.deviation, entry.gradient_norm] for entry in (found, expected)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-4, abs=1e-6)
    assert all("call" not in vars(layer) for layer in model.layers)


# JAX refuses such draws in a compiled function.
@pytest.mark.tensorflow
@pytest.mark.parametrize("training", [False, True])
def test_layers_that_draw_from_the_global_generator_leave_no_trace(training):
    class Noise(layers.Layer):
        def call(self, values, training=None):
            return values + keras.random.normal((3,)) if training else values

    model = compiled(keras.Sequential([keras.Input((3,)), Noise(), layers.Dense(1)]))
    set_global_seed_state(None)
    LayerMeasurement(model, (inputs(), np.zeros((6, 1))), training=training)()
    assert global_seed_state() is None


def test_the_loss_is_that_of_an_evaluation():
    model, batch = everything()
    expected = model.evaluate(*batch, verbose=0)[0]
    assert LayerMeasurement(model, batch)().loss == pytest.approx(expected, rel=1e-6)


def test_the_loss_in_training_mode_is_that_of_the_next_step():
    model, batch = everything()
    loss = LayerMeasurement(model, batch, training=True)().loss
    assert loss != pytest.approx(LayerMeasurement(model, batch)().loss, rel=1e-3)
    model.reset_metrics()
    assert float(model.train_on_batch(*batch)[0]) == pytest.approx(loss, rel=1e-6)


class Penalized(layers.Layer):
    """Adds the mean of its inputs to the loss."""

    def call(self, inputs):
        self.add_loss(1e6 * keras.ops.mean(inputs))
        return inputs


def test_without_penalties_the_gradients_are_those_of_the_loss_alone():
    x, y = inputs(), np.zeros((6, 2), "float32")
    start = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    first = layers.Dense(2, use_bias=False, kernel_regularizer=keras.regularizers.L2(1e6), name="out")
    model = compiled(keras.Sequential([keras.Input((3,)), first, Penalized()]))
    first.kernel.assign(start)
    found = LayerMeasurement(model, (x, y), penalties=False)()
    expected = 2 * x.T @ (x @ start) / (x @ start).size
    assert found.loss == pytest.approx(np.mean((x @ start) ** 2), **CLOSE)
    assert found.layers[0].gradient_norm == pytest.approx(np.linalg.norm(expected), **CLOSE)
    penalty = 1e6 * (np.mean(x @ start) + np.sum(start**2))
    assert LayerMeasurement(model, (x, y))().loss == pytest.approx(penalty, rel=1e-4)
    assert float(model.evaluate(x, y, verbose=0)) == pytest.approx(penalty, rel=1e-4)


def test_training_mode_uses_the_statistics_of_the_batch():
    norm = layers.BatchNormalization(name="norm", center=False)
    model = compiled(keras.Sequential([keras.Input((3,)), norm]))
    batch = 5 + 2 * inputs(64), np.zeros((64, 3))
    found = [by_layer(model, batch, training=training)["norm"] for training in (False, True)]
    assert [entry.mean for entry in found] == pytest.approx([5, 0], abs=0.5)
    assert [entry.deviation for entry in found] == pytest.approx([2, 1], abs=0.3)


# Which layers.


def measured(model, *batch):
    return {path: values.class_name for path, values in by_layer(model, batch).items()}


def outputs_of(model, *batch):
    return [path for path, values in by_layer(model, batch).items() if values.is_output]


def test_layers_without_weights_and_activation_are_not_measured():
    net = [
        layers.Rescaling(2.0, name="scale"),
        layers.Conv1D(2, 2, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.Activation("relu", name="relu"),
        layers.MaxPooling1D(name="pool"),
        layers.Dropout(0.2, name="drop"),
        layers.Flatten(name="flat"),
        layers.PReLU(name="sloped"),
        layers.Dense(2, trainable=False, name="frozen"),
        layers.Dense(2, name="dense"),
        layers.Softmax(name="softmax"),
    ]
    model = compiled(keras.Sequential([keras.Input((5, 2)), *net]))
    batch = np.ones((3, 5, 2)), np.ones((3, 2))
    assert list(measured(model, *batch)) == ["conv", "norm", "relu", "sloped", "dense", "softmax"]
    # The layer before the softmax computes the outputs, too.
    assert outputs_of(model, *batch) == ["dense", "softmax"]


def test_an_activation_has_no_gradient_and_a_normalization_that_of_all_its_weights():
    net = [layers.Dense(2, name="dense"), layers.BatchNormalization(name="norm"), layers.ReLU(name="relu")]
    model = compiled(keras.Sequential([keras.Input((3,)), *net]))
    values = by_layer(model, (inputs(), np.ones((6, 2))))
    assert (values["relu"].gradient_norm, values["relu"].weight_norm) == (None, None)
    assert values["norm"].weight_norm == pytest.approx(np.sqrt(2))
    assert values["norm"].gradient_norm > 0


def test_paths_contain_the_names_of_the_models_around_a_layer():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="dense"), layers.ReLU(name="relu")], name="inner")
    block = keras.Sequential([inner, layers.Dense(4, name="dense")], name="block")
    start = keras.Input((3,))
    end = layers.Dense(1, name="dense")(block(layers.Dense(4, name="before")(start)))
    model = compiled(keras.Model(start, end))
    expected = ["before", "block/inner/dense", "block/inner/relu", "block/dense", "dense"]
    assert list(measured(model, inputs(), np.ones((6, 1)))) == expected
    assert outputs_of(model, inputs(), np.ones((6, 1))) == ["dense"]


def test_a_subclassed_model_is_measured_by_its_calls():
    class Block(layers.Layer):
        def __init__(self, **arguments):
            super().__init__(**arguments)
            self.scale = self.add_weight(shape=(2, 2), initializer="ones", name="scale")
            self.parts = [layers.Dense(2, name="part"), layers.Dense(2, name="part"), layers.Dense(2, name="unused")]

        def build(self, shape):
            self.parts[0].build(shape)
            self.parts[1].build((None, 2))

        def call(self, values):
            return self.parts[1](self.parts[0](values)) @ self.scale

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.block, self.last = Block(name="block"), layers.Dense(1, name="last")

        def call(self, values):
            return {"y": self.last(self.block(values))}

    model = compiled(Net(), {"y": "mse"})
    values = by_layer(model, (inputs(), {"y": np.ones((6, 1))}))
    assert list(values) == ["block/part", "block/part_2", "block", "last"]
    # Weights of the layers inside are theirs.
    assert values["block"].weight_norm == pytest.approx(2)
    assert values["block"].class_name == "Block"
    assert [name for name, entry in values.items() if entry.is_output] == ["last"]


def test_a_shared_layer_has_one_row_of_its_last_call_and_the_gradient_of_all():
    shared = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="shared")
    first, second = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    model = compiled(keras.Model({"a": first, "b": second}, layers.Add()([shared(first), shared(second)])))
    batch = {"a": np.array([[1.0], [2.0]]), "b": np.array([[10.0], [30.0]])}, np.zeros((2, 1))
    values = by_layer(model, batch)
    assert list(values) == ["shared"]
    assert (values["shared"].mean, values["shared"].deviation) == (20, 10)
    # The mean of 2 (a + b) (a + b).
    assert values["shared"].gradient_norm == pytest.approx(11**2 + 32**2)


def test_several_outputs_have_losses_and_rows_of_their_own():
    start = keras.Input((3,))
    hidden = layers.Dense(4, name="hidden")(start)
    ends = {name: layers.Dense(1, name=name)(hidden) for name in ("left", "right")}
    model = compiled(keras.Model(start, ends), {"left": "mse", "right": "mae"}, loss_weights={"left": 2, "right": 1})
    batch = inputs(), {"left": np.ones((6, 1)), "right": np.zeros((6, 1))}, {"left": np.ones(6), "right": np.ones(6)}
    values = LayerMeasurement(model, batch)()
    found = {entry.layer: entry.is_output for entry in values.layers}
    assert found == {"hidden": False, "left": True, "right": True}
    before = state(model)
    assert values.loss == pytest.approx(model.evaluate(batch[0], batch[1], verbose=0)[0], rel=1e-5)
    assert same(before[: len(model.variables)], state(model)[: len(model.variables)])


def test_recurrent_layers_and_wrappers_are_measured_as_a_whole():
    net = [
        layers.Bidirectional(layers.LSTM(2, return_sequences=True, name="lstm"), name="both"),
        layers.GRU(3, return_sequences=True, name="gru"),
        layers.TimeDistributed(layers.Dense(2, name="inside"), name="each"),
        layers.RNN([layers.SimpleRNNCell(2), layers.GRUCell(2)], name="cells"),
        layers.Dense(1, name="out"),
    ]
    model = compiled(keras.Sequential([keras.Input((4, 3)), *net]))
    x = np.random.default_rng(0).normal(size=(5, 4, 3)).astype("float32")
    values = by_layer(model, (x, np.zeros((5, 1))))
    names = {name: entry.class_name for name, entry in values.items()}
    assert names == {
        "both/forward_lstm": "LSTM",
        "both/backward_lstm": "LSTM",
        "gru": "GRU",
        "each": "TimeDistributed",
        "cells": "RNN",
        "out": "Dense",
    }
    # The bias of a GRU has two axes.
    kernels = [entry for entry in model.get_layer("gru").trainable_weights if "bias" not in entry.name]
    assert values["gru"].weight_norm == pytest.approx(np.sqrt(sum((entry**2).sum() for entry in arrays(kernels))))
    assert values["gru"].saturated == 0
    assert all(entry.gradient_norm > 0 for entry in values.values())


def test_attention_is_measured_by_its_projections():
    start = keras.Input((4, 6))
    end = layers.MultiHeadAttention(2, 3, name="attention")(start, start)
    model = compiled(keras.Model(start, layers.GlobalAveragePooling1D()(layers.LayerNormalization(name="norm")(end))))
    x = np.random.default_rng(0).normal(size=(5, 4, 6)).astype("float32")
    found = measured(model, x, np.zeros((5, 6)))
    assert sorted(found) == [f"attention/{name}" for name in ("attention_output", "key", "query", "value")] + ["norm"]


@pytest.mark.parametrize("training", [False, True])
def test_residual_branches_are_measured_unless_a_conditional_computes_them(training):
    set_random_seed(1)
    branch = keras.Sequential(
        [layers.Dense(3, name="a"), layers.ReLU(name="relu"), layers.Dense(3, name="b")], name="branch"
    )
    depth = StochasticDepth(keras.Sequential([layers.Dense(3, name="c")], name="inner"), 0.5, name="depth")
    net = [Residual(branch, name="residual"), depth, layers.Dense(1, name="out")]
    model = compiled(keras.Sequential([keras.Input((3,)), *net]))
    before = arrays(model.variables)
    values = by_layer(model, (inputs(), np.ones((6, 1))), training=training)
    names = [name.rpartition("/")[2] for name in values]
    # In training mode the branch is computed within a conditional, so the layer is measured as a whole.
    assert names == ["a", "relu", "b", "depth" if training else "c", "out"]
    kernel = depth.branch.layers[0].kernel
    assert list(values.values())[3].weight_norm == pytest.approx(np.linalg.norm(arrays([kernel])[0]), rel=1e-5)
    assert same(arrays(model.variables), before)


# Masks and precision.


def test_positions_that_a_mask_excludes_do_not_count():
    set_random_seed(1)
    net = [layers.Embedding(5, 3, mask_zero=True, name="embedding"), layers.LSTM(2, return_sequences=True, name="lstm")]
    model = compiled(keras.Sequential([keras.Input((4,), dtype="int32"), *net, layers.LSTM(1, name="last")]))
    x = np.array([[1, 2, 0, 0], [3, 4, 1, 0], [2, 0, 0, 0]], "int32")
    values = by_layer(model, (x, np.zeros((3, 1))))
    table = arrays([model.layers[0].embeddings])[0].astype(np.float64)
    weight = (x > 0)[..., None] * np.ones(3)
    output = table[x]
    assert values["embedding"].mean == pytest.approx((output * weight).sum() / weight.sum(), **CLOSE)
    # Over samples at each position; the last position has none.
    variances, counts = [], []
    for place in range(3):
        present = output[x[:, place] > 0, place]
        variances.append(present.var(0).mean())
        counts.append(len(present))
    expected = np.sqrt(np.average(variances, weights=counts))
    assert values["embedding"].deviation == pytest.approx(expected, **CLOSE)
    np.testing.assert_allclose(values["embedding"].outputs, output[x > 0].reshape(-1).astype("float32"))
    assert len(values["lstm"].outputs) == 6 * 2
    assert len(values["last"].outputs) == 3


def test_dead_channels_and_saturated_values_are_those_of_positions_that_count():
    net = [layers.Masking(name="mask"), layers.Dense(2, kernel_initializer="identity", activation="relu", name="relu")]
    net += [layers.Dense(2, kernel_initializer="identity", activation="tanh", name="tanh"), layers.LSTM(1)]
    model = compiled(keras.Sequential([keras.Input((2, 2)), *net]))
    for layer in model.layers[1:3]:
        layer.bias.assign([0, 5])
    x = np.array([[[3, -9], [0, 0]], [[1, -9], [0, 0]]], "float32")
    values = by_layer(model, (x, np.zeros((2, 1))))
    # Without the mask, the bias alone would make the second channel positive.
    assert values["relu"].dead == 0.5
    assert values["tanh"].saturated == 0.75


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_statistics_of_mixed_precision_are_those_of_single_precision(policy):
    found = []
    for dtype in ("float32", policy):
        set_random_seed(1)
        net = [
            layers.Dense(16, activation="relu", name="hidden", dtype=dtype),
            layers.Dense(3, name="last", dtype=dtype),
        ]
        model = keras.Sequential([keras.Input((3,)), *net, layers.Softmax(dtype="float32", name="softmax")])
        # Gradients of 1e-9 vanish in float16 without a scale.
        compiled(model, "mse", loss_weights=[1e-7])
        if dtype == "mixed_float16":
            model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), "mse", loss_weights=[1e-7])
        values = LayerMeasurement(model, (inputs(32), np.zeros((32, 3))))()
        assert [entry.is_output for entry in values.layers] == [False, True, True]
        norms = [entry.gradient_norm * 1e9 for entry in values.layers[:2]]
        found.append([entry.mean for entry in values.layers] + [entry.deviation for entry in values.layers] + norms)
    assert found[0][-1] > 1e-3
    assert found[1] == pytest.approx(found[0], rel=0.03, abs=0.01)


def test_numbers_that_are_not_finite_are_reported():
    model = compiled(keras.Sequential([keras.Input((1,)), layers.Dense(1, name="out")]))
    model.layers[0].kernel.assign([[np.inf]])
    values = by_layer(model, (np.ones((2, 1)), np.zeros((2, 1))))["out"]
    assert values.mean == np.inf
    assert np.isnan(values.deviation)


# Errors.


def test_a_model_that_is_not_compiled_is_refused():
    with raises(ValueError):
        LayerMeasurement(keras.Sequential([keras.Input((1,)), layers.Dense(1)]), (inputs(), inputs()))


@pytest.mark.parametrize("batch", [None, [1, 2], (1,), (1, 2, 3, 4)])
def test_a_batch_that_is_none_is_refused(batch):
    model = compiled(keras.Sequential([keras.Input((1,)), layers.Dense(1)]))
    with raises(ValueError):
        LayerMeasurement(model, batch)


def test_an_unbuilt_model_is_built():
    model = compiled(keras.Sequential([layers.Dense(1, name="out")]))
    assert list(measured(model, inputs(), np.ones((6, 1)))) == ["out"]


def test_a_model_without_measured_layers_has_a_loss_alone():
    model = compiled(keras.Sequential([keras.Input((1,)), layers.Rescaling(2.0)]))
    values = LayerMeasurement(model, (np.ones((2, 1)), np.zeros((2, 1))))()
    assert (values.loss, values.layers) == (4, ())
