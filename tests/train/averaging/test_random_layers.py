from importlib import import_module

import keras
import numpy as np
import pytest
import tensorflow as tf

from kpipe.layers import DropConnect, FractalJoin, FractionalMaxPooling2D, Residual, StochasticDepth
from kpipe.train.averaging.averaged_model import averaged_model
from kpipe.train.averaging.masks import Masks
from kpipe.train.averaging.random_layers import random_layers

layers = keras.layers


def image_model(*stack):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 4))
    x = inputs
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, layers.Flatten()(x))


def sequence_model(*stack):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5, 4))
    x = inputs
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, layers.Flatten()(x))


def attention():
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, layers.MultiHeadAttention(2, 2, dropout=0.5)(inputs, inputs))


def keras_attention():
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, layers.Attention(dropout=0.5)([inputs, inputs]))


def block():
    return keras.Sequential([layers.BatchNormalization(), layers.Conv2D(4, 3, padding="same"), layers.Dropout(0.5)])


def convnext():
    """The layer of Keras' ConvNeXt, which draws from the global generator."""
    return import_module("keras.src.applications.convnext").StochasticDepth(0.5)


RANDOM = {
    "convnext": lambda: image_model(convnext()),
    "dropout": lambda: image_model(layers.Dropout(0.5)),
    "spatial dropout": lambda: image_model(layers.SpatialDropout2D(0.5)),
    "alpha dropout": lambda: image_model(layers.AlphaDropout(0.5)),
    "gaussian dropout": lambda: image_model(layers.GaussianDropout(0.5)),
    "gaussian noise": lambda: image_model(layers.GaussianNoise(0.5)),
    "block": lambda: image_model(layers.BatchNormalization(), block()),
    "residual": lambda: image_model(Residual(block())),
    "stochastic depth": lambda: image_model(StochasticDepth(block(), survival=0.5)),
    "stochastic depth of samples": lambda: image_model(StochasticDepth(block(), survival=0.5, mode="sample")),
    "pooling": lambda: image_model(FractionalMaxPooling2D(1.5)),
    "drop connect": lambda: image_model(layers.Flatten(), DropConnect(layers.Dense(8), rate=0.5)),
    "drop connect of samples": lambda: image_model(layers.Flatten(), DropConnect(layers.Dense(8), 0.5, mask="sample")),
    "drop connect of a recurrent layer": lambda: sequence_model(DropConnect(layers.LSTM(4), rate=0.5)),
    "time distributed": lambda: sequence_model(layers.TimeDistributed(layers.Dropout(0.5))),
    "lstm": lambda: sequence_model(layers.LSTM(4, dropout=0.5)),
    "gru": lambda: sequence_model(layers.GRU(4, recurrent_dropout=0.5)),
    "bidirectional": lambda: sequence_model(layers.Bidirectional(layers.LSTM(4, dropout=0.5))),
    "cells": lambda: sequence_model(layers.RNN([layers.LSTMCell(4, dropout=0.5), layers.GRUCell(4)])),
    "attention": attention,
    "keras attention": keras_attention,
}


def values_of(model):
    return [np.array(variable) for variable in model.variables]


@pytest.mark.parametrize("name", RANDOM)
def test_random_layers_are_active_and_nothing_changes(name):
    model = RANDOM[name]()
    given = np.random.default_rng(0).standard_normal((6, *model.input_shape[1:])).astype(np.float32)
    plain, before = np.asarray(model(given)), values_of(model)
    with random_layers(model, 3):
        found = [np.asarray(model(given)) for _ in range(6)]
        seeds = values_of(model)
    after = values_of(model)
    assert len({entry.tobytes() for entry in found}) > 1
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    # Inside, the states of seed generators have changed alone.
    for variable, one, other in zip(model.variables, before, seeds, strict=True):
        assert (one == other).all() or variable.path.endswith("seed_generator_state")
    assert (np.asarray(model(given)) == plain).all()
    with random_layers(model, 3):
        assert (np.asarray(model(given)) == found[0]).all()


def test_statistics_are_those_of_inference_in_every_place():
    """Where dropout keeps everything, the answers are those of inference, also in a branch that receives training."""

    def kept():
        return keras.Sequential(
            [layers.BatchNormalization(), layers.SpectralNormalization(layers.Conv2D(4, 3, padding="same"))]
        )

    model = image_model(layers.BatchNormalization(), StochasticDepth(kept(), survival=1 - 1e-9), Residual(kept()))
    given = np.random.default_rng(0).standard_normal((6, 8, 8, 4)).astype(np.float32)
    model(given, training=True)
    expected, before = np.asarray(model(given)), values_of(model)
    with random_layers(model, 0):
        found = np.asarray(model(given))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert all((one == other).all() for one, other in zip(before, values_of(model), strict=True))


def test_custom_layers_are_in_inference_and_their_dropout_is_active():
    seen = []

    @keras.saving.register_keras_serializable(package="tests_random_layers")
    class Custom(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dropout = layers.Dropout(0.5)

        def call(self, inputs, training=False):
            seen.append(training)
            return self.dropout(inputs, training=training)

    model = sequence_model(Custom())
    given = np.ones((3, 5, 4), np.float32)
    seen.clear()
    with random_layers(model, 0):
        found = np.asarray(model(given, training=True))
    assert seen == [False]
    assert (found == 0).any()


def test_an_own_mark_makes_a_custom_layer_random():
    class Noisy(layers.Layer):
        random_in_training = True

        def call(self, inputs, training=False):
            return inputs + 1 if training else inputs

    model = sequence_model(Noisy())
    given = np.ones((3, 5, 4), np.float32)
    with random_layers(model, 0):
        assert (np.asarray(model(given)) == 2).all()
    assert (np.asarray(model(given)) == 1).all()


def test_generators_of_the_same_seed_stay_together():
    inputs = keras.Input((4,))
    x = FractalJoin(2, local_share=0.0)([inputs, 2 * inputs])
    y = FractalJoin(2, local_share=0.0)([inputs, 2 * inputs])
    model = keras.Model(inputs, [x, y])
    with random_layers(model, 5):
        pairs = [[float(entry[0, 0]) for entry in model(np.ones((1, 4), np.float32))] for _ in range(12)]
    assert all(one == other for one, other in pairs)
    assert {one for one, _ in pairs} == {1.0, 2.0}


@pytest.mark.parametrize("name", RANDOM)
def test_an_average_over_masks_is_that_of_single_calls(name):
    model = RANDOM[name]()
    given = np.random.default_rng(0).standard_normal((6, *model.input_shape[1:])).astype(np.float32)
    before = values_of(model)
    with random_layers(model, 7) as states:
        averaged = averaged_model(model, {"y": "values"}, {}, masks=Masks(4, states, returns_spread=True))
        found = tf.function(averaged, autograph=False)(given)
    assert all((one == other).all() for one, other in zip(before, values_of(model), strict=True))
    with random_layers(model, 7):
        single = np.stack([np.asarray(model(given), np.float64) for _ in range(4)])
    np.testing.assert_allclose(found["y"], single.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found["spread y"], single.std(axis=0), atol=1e-6)
