import keras
import numpy as np
import pytest
import tensorflow as tf
from random_seed import set_random_seed

from kpipe.train.full_batch.full_batch_loss import FullBatchLoss
from kpipe.train.objective.metric_values import build_metrics, metric_values


def batches(arrays, size):
    count = len(arrays[0])
    return [tuple(tf.constant(array[first : first + size]) for array in arrays) for first in range(0, count, size)]


def compiled(layers, loss, metrics=(), **options):
    set_random_seed(2)
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("sgd", loss, metrics=list(metrics), **options)
    return model


def data(samples=25):
    generator = np.random.default_rng(1)
    return (
        generator.normal(size=(samples, 3)).astype(np.float32),
        generator.normal(size=(samples, 2)).astype(np.float32),
        generator.uniform(0, 2, size=samples).astype(np.float32),
    )


def linear(arrays, kernel, bias, l2=0.0):
    """The weighted mean squared error of a linear model with a penalty, and its gradient, in NumPy and float64."""
    x, y, weight = (array.astype(np.float64) for array in arrays)
    difference = x @ kernel + bias - y
    loss = np.mean(weight * np.mean(difference**2, axis=1)) + l2 * np.sum(kernel**2)
    slope = 2 * weight[:, None] * difference / difference.size
    return loss, np.concatenate([(x.T @ slope + 2 * l2 * kernel).reshape(-1), slope.sum(axis=0)])


@pytest.mark.parametrize("size", [25, 8, 7, 1])
@pytest.mark.parametrize("jit", [False, True])
def test_it_is_the_weighted_mean_with_one_penalty_for_any_batch_size(size, jit):
    arrays = data()
    model = compiled([keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1))], "mse", jit_compile=jit)
    kernel, bias = (np.asarray(entry, np.float64) for entry in model.weights)
    loss, gradient = FullBatchLoss(model)(batches(arrays, size))
    expected, slope = linear(arrays, kernel, bias, 0.1)
    assert loss == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(gradient, slope, atol=1e-6)


def test_the_metrics_become_those_of_the_present_weights():
    arrays = data()[:2]
    model = compiled([keras.layers.Dense(2)], "mse", [keras.metrics.MeanAbsoluteError(name="mae")])
    parts = batches(arrays, 8)
    build_metrics(model, tf.data.Dataset.from_tensor_slices(arrays).batch(8))
    function = FullBatchLoss(model)
    function(parts)
    model.layers[0].kernel.assign(np.ones((3, 2)))
    loss, _ = function(parts)
    found = metric_values(model)
    difference = arrays[0].sum(axis=1, keepdims=True) - arrays[1]
    assert found["loss"] == pytest.approx(loss, rel=1e-6)
    assert found == pytest.approx({"loss": np.mean(difference**2), "mae": np.mean(np.abs(difference))}, rel=1e-5)


def test_a_second_call_is_bit_identical():
    parts = batches(data(), 8)
    function = FullBatchLoss(compiled([keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(2)], "mse"))
    (loss, gradient), (again, same) = function(parts), function(parts)
    assert loss == again
    np.testing.assert_array_equal(gradient, same)


def test_weights_without_a_gradient_and_sparse_gradients():
    """The second input is not used by the loss; of an embedding, only the rows of the samples have a gradient."""
    inputs = keras.Input((1,), dtype="int32")
    embedding, unused = keras.layers.Embedding(4, 2), keras.layers.Dense(1)
    output = keras.layers.Flatten()(embedding(inputs))
    model = keras.Model(inputs, {"y": output, "other": unused(output)})
    model.compile("sgd", {"y": "mse", "other": None})
    codes, labels = np.array([[0], [2], [2]]), {"y": np.ones((3, 2), np.float32), "other": np.zeros((3, 1), np.float32)}
    parts = [(tf.constant(codes[:2]), {k: v[:2] for k, v in labels.items()})]
    parts += [(tf.constant(codes[2:]), {k: v[2:] for k, v in labels.items()})]
    rows = np.asarray(embedding.embeddings, np.float64)
    loss, gradient = FullBatchLoss(model)(parts)
    expected = np.zeros((4, 2))
    for code in codes[:, 0]:
        expected[code] += (rows[code] - 1) / 3
    assert loss == pytest.approx(np.mean((rows[codes[:, 0]] - 1) ** 2), rel=1e-6)
    np.testing.assert_allclose(gradient[:8], expected.reshape(-1), atol=1e-7)
    assert gradient[8:].tolist() == [0] * (len(gradient) - 8)


def test_it_equals_one_batch_of_keras():
    arrays = data()
    layers = [keras.layers.Dense(8, activation="relu", activity_regularizer="l2"), keras.layers.Dense(2)]
    model = compiled(layers, "huber")
    loss, gradient = FullBatchLoss(model)(batches(arrays, 6))
    x, y, weight = (tf.constant(array) for array in arrays)
    with tf.GradientTape() as tape:
        whole = model.compute_loss(x, y, model(x, training=True), weight)
    slopes = tape.gradient(whole, model.trainable_weights)
    assert loss == pytest.approx(float(whole), rel=1e-6)
    np.testing.assert_allclose(gradient, np.concatenate([np.reshape(entry, -1) for entry in slopes]), atol=1e-6)
