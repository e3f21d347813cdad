"""Layers with kernels are found at any depth, each once."""

import keras
import numpy as np

from kpipe.train.initialize.kernel_layers import kernel_layers

from .contexts import context_of, data_of, model_of

layers = keras.layers
ROWS = np.random.default_rng(0).standard_normal((30, 5, 4)).astype(np.float32)


def test_paths_and_forms():
    inner = keras.Sequential([keras.Input((5, 4)), layers.SeparableConv1D(6, 3, name="separable")], name="inner")
    model = model_of((5, 4), inner, layers.TimeDistributed(layers.Dense(3), name="each"), layers.Flatten())
    found = {entry.path: entry for entry in kernel_layers(context_of(model, data_of(ROWS)))}
    assert list(found) == ["inner/separable", "each", "out"]
    separable, each = found["inner/separable"], found["each"]
    assert [form.sizes for _, form in separable.kernels] == [(4, 3, 1), (1, 4, 6)]
    assert separable.scaled is separable.layer.pointwise_kernel
    assert (each.called, each.layer) == (model.get_layer("each"), model.get_layer("each").layer)
    assert {entry.reason for entry in found.values()} == {None}


def test_layers_without_a_kernel_are_not_listed():
    model = model_of((5, 4), layers.LayerNormalization(), layers.PReLU(), layers.Flatten())
    assert [entry.path for entry in kernel_layers(context_of(model, data_of(ROWS)))] == ["out"]


def test_a_layer_at_two_places_is_listed_once():
    shared = layers.Dense(4, name="shared")
    inner = keras.Sequential([keras.Input((5, 4)), shared], name="inner")
    model = model_of((5, 4), inner, shared, layers.Flatten())
    assert [entry.path for entry in kernel_layers(context_of(model, data_of(ROWS)))] == ["inner/shared", "out"]
