"""Each layer receives the argument `training` that is chosen for it, within the block alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from kpipe.train.averaging.is_random import is_random
from kpipe.train.averaging.training_argument import training_argument

ONES = np.ones((64, 3), "float32")


def zeros_in(model, training=True):
    return bool((np.asarray(model(ONES, training=training)) == 0).any())


def dropout():
    return keras.Sequential([keras.Input((3,)), layers.Dropout(0.5)])


@pytest.mark.parametrize("inside", [False, True], ids=["layer", "nested"])
def test_dropout_is_off_within_the_block(inside):
    model = keras.Sequential([keras.Input((3,)), dropout()]) if inside else dropout()
    assert zeros_in(model)
    with training_argument(model, lambda layer: not is_random(layer)):
        assert not zeros_in(model)
    assert zeros_in(model)
    assert not zeros_in(model, training=False)


def test_dropout_can_be_on_in_inference():
    model = dropout()
    with training_argument(model, is_random):
        assert zeros_in(model, training=False)


def test_batch_normalization_has_the_statistics_of_the_batch_within_the_block():
    model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(epsilon=0.0), layers.Dropout(0.9)])
    x = np.random.default_rng(0).normal(3, 2, size=(64, 3)).astype("float32")
    with training_argument(model, lambda layer: not is_random(layer)):
        found = np.asarray(model(x, training=False))
    np.testing.assert_allclose(found, (x - x.mean(axis=0)) / x.std(axis=0), rtol=1e-3, atol=1e-4)


def test_a_function_traced_within_the_block_keeps_the_arguments():
    model = dropout()
    traced = tf.function(lambda x: model(x, training=True), autograph=False)
    with training_argument(model, lambda layer: False):
        traced(ONES)
    assert not (np.asarray(traced(ONES)) == 0).any()
    assert zeros_in(model)


def test_layers_are_restored_after_an_exception():
    model = dropout()
    with pytest.raises(ZeroDivisionError), training_argument(model, lambda layer: False):
        raise ZeroDivisionError
    assert zeros_in(model)
    assert all("call" not in vars(layer) for layer in model.layers)
