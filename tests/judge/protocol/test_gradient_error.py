"""Wrong gradients are found, and right ones pass."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from kpipe.judge.protocol.gradient_error import gradient_error


def error(layer, *shapes):
    generator = np.random.default_rng(1)
    inputs = [tf.constant(generator.normal(size=shape)) for shape in shapes]
    inputs = inputs[0] if len(inputs) == 1 else inputs
    layer(inputs)
    before = layer.get_weights()
    found = gradient_error(layer, inputs, layer.trainable_variables, generator)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    return found


class Wrong(layers.Layer):
    """A square whose gradient has a wrong factor."""

    def __init__(self, factor, **arguments):
        super().__init__(**arguments)
        self.factor = factor

    def call(self, inputs):
        @tf.custom_gradient
        def square(x):
            return x * x, lambda upstream: self.factor * 2 * x * upstream

        return square(inputs)


@pytest.mark.parametrize(("factor", "expected"), [(1, 0), (0.5, 0.5), (0, 1), (1.01, 1 - 1 / 1.01)])
def test_a_wrong_factor_is_the_error(factor, expected):
    assert error(Wrong(factor, dtype="float64"), (2, 3)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(4, activation="tanh", dtype="float64"),
        layers.Conv2D(2, 3, activation="relu", dtype="float64"),
        layers.LayerNormalization(dtype="float64"),
        layers.Activation("relu", dtype="float64"),
        layers.MaxPooling2D(dtype="float64"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_of_keras_pass(layer):
    assert error(layer, (2, 6, 6, 3)) < 1e-6


def test_several_inputs_with_their_own_gradients():
    assert error(layers.Multiply(dtype="float64"), (2, 3), (2, 3)) < 1e-6


def test_integers_are_not_moved():
    layer = layers.Embedding(5, 3, dtype="float64")
    indices = tf.constant([[0, 1], [2, 4]])
    layer(indices)
    assert gradient_error(layer, indices, layer.trainable_variables, np.random.default_rng(0)) < 1e-6


class InFloat32(layers.Layer):
    """Computes in float32, whatever it is given."""

    def __init__(self, casts_back, **arguments):
        super().__init__(**arguments)
        self.casts_back = casts_back

    def call(self, inputs):
        found = ops.tanh(ops.cast(inputs, "float32"))
        return ops.cast(found, "float64") if self.casts_back else found


@pytest.mark.parametrize("casts_back", [False, True])
def test_rounding_in_float32_is_not_an_error(casts_back):
    assert error(InFloat32(casts_back, dtype="float64"), (2, 3)) < 1e-3


class Stopped(layers.Layer):
    """Has no gradient with respect to its weight."""

    def build(self, shape):
        self.scale = self.add_weight(shape=shape[1:], initializer="ones")

    def call(self, inputs):
        return inputs * ops.stop_gradient(self.scale)


def test_a_weight_without_gradient_is_an_error():
    assert error(Stopped(dtype="float64"), (2, 3)) > 0.1


def test_a_constant_has_no_error():
    assert error(layers.Lambda(lambda x: ops.zeros_like(x), dtype="float64"), (2, 3)) == 0
