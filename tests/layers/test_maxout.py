from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.layers.maxout import Maxout

from .harness import Case

CASES = [
    Case(lambda: Maxout(4, pieces=3), (5, 6), trainable=2),
    Case(lambda: Maxout(2, use_bias=False, kernel_regularizer="l2"), (3, 2, 4), trainable=1),
    Case(lambda: Maxout(1, pieces=5, kernel_constraint="max_norm"), (2, 2, 2, 3), trainable=2),
]


def numpy_of(tensor: Any) -> Any:
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("shape", [(5, 6), (2, 5, 6), (2, 1, 5, 6)])
def test_is_the_largest_of_the_affine_functions(shape: tuple[int, ...]) -> None:
    chance = np.random.default_rng(0)
    inputs, kernel, bias = chance.normal(size=shape), chance.normal(size=(6, 4 * 3)), chance.normal(size=4 * 3)
    layer = Maxout(4, pieces=3)
    layer.build(shape)
    layer.set_weights([kernel, bias])
    output = numpy_of(layer(inputs.astype("float32")))
    assert output.shape == (*shape[:-1], 4)
    for place in np.ndindex(shape[:-1]):
        for unit in range(4):
            pieces = [inputs[place] @ kernel[:, unit * 3 + j] + bias[unit * 3 + j] for j in range(3)]
            np.testing.assert_allclose(output[place][unit], max(pieces), rtol=1e-5, atol=1e-5)


def test_one_piece_is_a_dense_layer() -> None:
    inputs = np.random.default_rng(1).normal(size=(3, 5)).astype("float32")
    dense, layer = keras.layers.Dense(4, bias_initializer="normal"), Maxout(4, pieces=1)
    expected = numpy_of(dense(inputs))
    layer.build(inputs.shape)
    layer.set_weights(dense.get_weights())
    np.testing.assert_allclose(numpy_of(layer(inputs)), expected, rtol=1e-6, atol=1e-7)


def test_two_pieces_can_be_the_rectifier_and_the_absolute_value() -> None:
    inputs = np.array([[-2.0], [0.0], [3.0]], "float32")
    layer = Maxout(2, use_bias=False)
    layer.build(inputs.shape)
    layer.set_weights([np.array([[1.0, 0.0, 1.0, -1.0]], "float32")])
    np.testing.assert_array_equal(numpy_of(layer(inputs)), [[0, 2], [0, 0], [3, 3]])


def test_lengths_that_are_unknown_stay_unknown() -> None:
    model = keras.Sequential([keras.Input((None, None, 6)), Maxout(4)])
    assert model.output_shape == (None, None, None, 4)
    assert model.predict(np.zeros((2, 3, 5, 6)), verbose=0).shape == (2, 3, 5, 4)


def pieces_of(layer: Maxout) -> Any:
    """(pieces, inputs, units)"""
    kernel = numpy_of(layer.kernel)
    return np.moveaxis(kernel.reshape(len(kernel), layer.units, layer.pieces), -1, 0)


def test_variance_of_the_kernel_is_that_of_one_piece() -> None:
    layer = Maxout(100, pieces=5, kernel_initializer=keras.initializers.GlorotUniform(seed=1))
    layer.build((None, 200))
    limit = np.sqrt(6 / (200 + 100))
    for piece in pieces_of(layer):
        assert 0.99 * limit < np.abs(piece).max() <= limit
        # The variance of 20000 uniform numbers is within five standard errors, sqrt(0.8 / 20000) each.
        np.testing.assert_allclose(np.square(piece).mean(), limit**2 / 3, rtol=5 * np.sqrt(0.8 / 20000))


@pytest.mark.parametrize(
    "initializer",
    [
        "he_normal",
        keras.initializers.HeNormal(seed=4),
        keras.initializers.RandomNormal(seed=keras.random.SeedGenerator(4)),
        lambda shape, dtype: keras.random.normal(shape, dtype=dtype, seed=generator),
    ],
)
def test_pieces_start_apart(initializer: Any) -> None:
    layer = Maxout(10, pieces=3, kernel_initializer=initializer)
    layer.build((None, 20))
    # The correlation of 200 pairs of independent numbers has a standard error of 1 / sqrt(200).
    correlations = np.corrcoef(pieces_of(layer).reshape(3, -1))[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(200)


generator = keras.random.SeedGenerator(5)


def test_initializers_of_a_structure_give_it_to_each_piece() -> None:
    layer = Maxout(4, pieces=2, kernel_initializer="identity", bias_initializer="ones")
    layer.build((None, 4))
    np.testing.assert_array_equal(pieces_of(layer), [np.eye(4), np.eye(4)])
    np.testing.assert_array_equal(numpy_of(layer.bias), np.ones(8))
    layer = Maxout(4, pieces=2, kernel_initializer=keras.initializers.Orthogonal(seed=1))
    layer.build((None, 4))
    for piece in pieces_of(layer):
        np.testing.assert_allclose(piece.T @ piece, np.eye(4), atol=1e-6)


def test_a_seed_repeats_the_start() -> None:
    kernels = []
    for _ in range(2):
        layer = Maxout(4, kernel_initializer=keras.initializers.GlorotNormal(seed=9))
        layer.build((None, 3))
        kernels.append(numpy_of(layer.kernel))
    np.testing.assert_array_equal(*kernels)


def test_constraint_bounds_each_piece() -> None:
    layer = Maxout(4, pieces=3, kernel_constraint=keras.constraints.MaxNorm(0.1))
    model = keras.Sequential([keras.Input((5,)), layer])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.train_on_batch(np.random.default_rng(2).normal(size=(8, 5)), np.ones((8, 4)))
    norms = np.linalg.norm(pieces_of(layer), axis=1)
    assert norms.shape == (3, 4)
    assert norms.max() < 0.1 + 1e-6


def test_learns_what_a_dense_layer_cannot() -> None:
    inputs = np.linspace(-1, 1, 32, dtype="float32")[:, None]
    model = keras.Sequential([keras.Input((1,)), Maxout(1)])
    model.layers[0].kernel.assign([[0.5, -0.4]])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    # One epoch of 60 equal batches takes the steps of 60 epochs without their overhead.
    repeated = np.tile(inputs, (60, 1))
    model.fit(repeated, np.abs(repeated), batch_size=32, shuffle=False, verbose=0)
    # The best line through |x| leaves a variance of 1/12.
    assert model.evaluate(inputs, np.abs(inputs), verbose=0) < 0.1 / 12


def test_the_convolutional_maxout_of_the_docstring() -> None:
    images = np.random.default_rng(3).normal(size=(2, 8, 8, 3)).astype("float32")
    convolution = keras.layers.Conv2D(16 * 2, 3, padding="same", data_format="channels_last")
    reshaped = keras.layers.Reshape((8 * 8, 16 * 2, 1))(convolution(images))
    pooled = keras.layers.MaxPooling2D((1, 2), data_format="channels_last")(reshaped)
    output = numpy_of(keras.layers.Reshape((8, 8, 16))(pooled))
    channels = numpy_of(convolution(images))
    np.testing.assert_array_equal(output, np.maximum(channels[..., 0::2], channels[..., 1::2]))


@pytest.mark.parametrize(
    "arguments",
    [
        {"units": 0},
        {"units": True},
        {"units": 2.5},
        {"units": 4, "pieces": 0},
        {"units": 4, "pieces": -2},
    ],
)
def test_refuses_arguments_out_of_range(arguments: dict[str, Any]) -> None:
    with raises(ValueError):
        Maxout(**arguments)


def test_refuses_inputs_without_features() -> None:
    with raises(ValueError):
        Maxout(4)(keras.Input((None,)))
