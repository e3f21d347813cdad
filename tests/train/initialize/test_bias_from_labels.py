"""The first loss is the entropy of the labels, and biases are those of closed forms."""

import keras
import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.errors import ArgumentError
from kpipe.train.initialize import BiasFromLabels

from ..stand_in import ArrayData, Target
from .contexts import context_of, data_of

layers = keras.layers
GENERATOR = np.random.default_rng(4)
COUNT = 120
ROWS = GENERATOR.standard_normal((COUNT, 5)).astype(np.float32)
LABELS = GENERATOR.choice(3, COUNT, p=[0.7, 0.2, 0.1])
BINARY = Target("y", "classification", ("no", "yes"), ())
MULTI = Target("y", "multilabel", tuple("abc"), (3,))
SEQUENCE = Target("y", "sequence", tuple("abc"), (4,))
NUMBERS = Target("y", "regression", None, (2,))


def model_of(*hidden):
    inputs = x = keras.Input((5,), name="x")
    for layer in hidden:
        x = layer(x)
    return keras.Model(inputs, x)


def zero(units, activation=None, **options):
    """A last layer whose kernel contributes nothing."""
    return layers.Dense(units, activation=activation, kernel_initializer="zeros", name="out", **options)


def first_loss(context):
    labels, weights = context.training_labels("y")
    loss = context.objective.targets["y"].make_loss()
    return float(loss(labels, context.model(context.prepared.arrays["x"]), sample_weight=weights))


def entropy(shares):
    return -float(np.sum(shares * np.log(shares)))


@pytest.mark.parametrize("activation", [None, "softmax"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_exclusive_classes(activation, smoothing):
    context = context_of(
        model_of(zero(3, activation)), data_of(ROWS, LABELS), label_smoothing=smoothing, metrics=["accuracy"]
    )
    report = BiasFromLabels().apply(context)
    shares = np.bincount(LABELS) / COUNT
    np.testing.assert_allclose(context.model.get_layer("out").bias, np.log(shares), rtol=1e-6)
    np.testing.assert_allclose(report.initialized["out"]["bias"], np.log(shares), rtol=1e-12)
    assert (report.initialized["out"]["target"], report.skipped) == ("y", {})
    if not smoothing:
        assert first_loss(context) == pytest.approx(entropy(shares), rel=1e-6)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_two_classes_with_one_output(activation):
    labels = (LABELS == 0).astype(np.int64)
    context = context_of(model_of(zero(1, activation)), data_of(ROWS, labels, BINARY))
    BiasFromLabels().apply(context)
    share = labels.mean()
    np.testing.assert_allclose(context.model.get_layer("out").bias, [np.log(share / (1 - share))], rtol=1e-6)
    assert first_loss(context) == pytest.approx(entropy(np.array([share, 1 - share])), rel=1e-6)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_several_labels(activation):
    labels = (GENERATOR.uniform(size=(COUNT, 3)) < [0.5, 0.1, 0.8]).astype(np.int64)
    context = context_of(model_of(zero(3, activation)), data_of(ROWS, labels, MULTI))
    BiasFromLabels().apply(context)
    shares = labels.mean(axis=0)
    np.testing.assert_allclose(context.model.get_layer("out").bias, np.log(shares / (1 - shares)), rtol=1e-5)
    expected = np.mean([entropy(np.array([share, 1 - share])) for share in shares])
    assert first_loss(context) == pytest.approx(expected, rel=1e-6)


def test_weights_of_samples():
    weights = GENERATOR.uniform(0.5, 3, COUNT).astype(np.float32)
    context = context_of(model_of(zero(3)), data_of(ROWS, LABELS), weights={"y": weights})
    BiasFromLabels().apply(context)
    shares = np.bincount(LABELS, weights) / weights.sum()
    np.testing.assert_allclose(context.model.get_layer("out").bias, np.log(shares), rtol=1e-6)
    # Keras divides the weighted sum by the number of samples.
    assert first_loss(context) == pytest.approx(weights.mean() * entropy(shares), rel=1e-5)


def test_numbers_are_in_the_units_of_the_loss():
    values = (GENERATOR.standard_normal((COUNT, 2)) * [1.0, 10.0] + [5.0, -300.0]).astype(np.float32)
    context = context_of(model_of(zero(2)), data_of(ROWS, values, NUMBERS))
    BiasFromLabels().apply(context)
    np.testing.assert_allclose(context.model.get_layer("out").bias, values.mean(axis=0), rtol=1e-6)
    assert first_loss(context) == pytest.approx(values.var(axis=0).mean(), rel=1e-5)


def test_weighted_numbers():
    values, weights = np.arange(COUNT, dtype=np.float32)[:, np.newaxis], np.linspace(0, 1, COUNT, dtype=np.float32)
    data = data_of(ROWS, values, Target("y", "regression", None, (1,)))
    context = context_of(model_of(zero(1)), data, weights={"y": weights})
    BiasFromLabels().apply(context)
    np.testing.assert_allclose(
        context.model.get_layer("out").bias, [np.average(values[:, 0], weights=weights)], rtol=1e-6
    )


def test_positions_of_a_sequence_share_the_bias_or_have_one_each():
    labels = GENERATOR.choice(3, (COUNT, 4), p=[0.6, 0.3, 0.1])
    shares = np.bincount(labels.reshape(-1)) / labels.size
    for last in ([layers.RepeatVector(4), zero(3)], [zero(12), layers.Reshape((4, 3))]):
        context = context_of(model_of(*last), data_of(ROWS, labels, SEQUENCE))
        BiasFromLabels().apply(context)
        bias = np.array(context.model.get_layer("out").bias).reshape(-1, 3)
        np.testing.assert_allclose(bias, np.broadcast_to(np.log(shares), bias.shape), rtol=1e-6)
        assert first_loss(context) == pytest.approx(entropy(shares), rel=1e-6)


def test_a_class_without_samples_has_a_finite_bias():
    context = context_of(model_of(zero(3)), data_of(ROWS, np.arange(COUNT) % 2))
    BiasFromLabels().apply(context)
    np.testing.assert_allclose(context.model.get_layer("out").bias, np.log([0.5, 0.5, 1e-7]), rtol=1e-6)


def frozen(units):
    layer = zero(units)
    layer.trainable = False
    return layer


WITHOUT = {
    "no bias": lambda: [zero(3, use_bias=False)],
    "normalization": lambda: [zero(3), layers.BatchNormalization(name="norm")],
    "frozen": lambda: [layers.Dense(3), frozen(3)],
    "relu": lambda: [zero(3, "relu")],
    "loaded": lambda: [zero(3)],
}


@pytest.mark.parametrize("name", WITHOUT)
def test_an_output_without_a_bias_to_set(name):
    model = model_of(*WITHOUT[name]())
    before = [np.array(weight) for weight in model.weights]
    context = context_of(model, data_of(ROWS, LABELS), loaded=["out"] if name == "loaded" else [], loss=_loss(name))
    for call in (BiasFromLabels().check, BiasFromLabels().apply):
        with raises(ArgumentError):
            call(context)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def _loss(name):
    return {"SparseCategoricalCrossentropy": {"from_logits": True}} if name == "relu" else "auto"


def test_a_bounded_output_of_numbers():
    data = data_of(ROWS, GENERATOR.uniform(size=(COUNT, 2)).astype(np.float32), NUMBERS)
    with raises(ArgumentError):
        BiasFromLabels().check(context_of(model_of(zero(2, "sigmoid")), data))


def two_outputs(shared=False, **options):
    x = keras.Input((5,), name="x")
    if shared:
        last = layers.Dense(3, name="last")
        return keras.Model(x, {"first": last(x), "second": last(x)})
    return keras.Model(x, {"first": layers.Dense(3, name="a")(x), "second": layers.Dense(2, name="b", **options)(x)})


def two_targets(second):
    targets = {"first": Target("first", "classification", tuple("abc"), ()), "second": second}
    values = LABELS if second.classes else GENERATOR.standard_normal((COUNT, 2)).astype(np.float32)
    labels = {"first": LABELS, "second": values}
    return ArrayData({"x": ROWS}, targets, labels, {"train": np.arange(COUNT)})


def test_each_of_several_outputs():
    data = two_targets(Target("second", "regression", None, (2,)))
    context = context_of(two_outputs(), data)
    report = BiasFromLabels().apply(context)
    assert {name: entry["target"] for name, entry in report.initialized.items()} == {"a": "first", "b": "second"}
    np.testing.assert_allclose(context.model.get_layer("a").bias, np.log(np.bincount(LABELS) / COUNT), rtol=1e-6)
    mean = data.dataset.labels["second"].mean(axis=0)
    np.testing.assert_allclose(context.model.get_layer("b").bias, mean, rtol=1e-5)
    expect_message(report.summary)


def test_one_of_several_outputs_has_no_bias():
    report = BiasFromLabels().apply(
        context_of(two_outputs(use_bias=False), two_targets(Target("second", "regression", None, (2,))))
    )
    assert list(report.initialized) == ["a"]
    expect_message("\n".join(report.lines("BiasFromLabels")))


def test_outputs_that_share_a_layer():
    targets = two_targets(Target("second", "classification", tuple("abc"), ()))
    with raises(ArgumentError):
        BiasFromLabels().apply(context_of(two_outputs(shared=True), targets))
