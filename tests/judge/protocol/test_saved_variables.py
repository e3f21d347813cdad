"""Everything that a training changes is restored."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.train_step import TrainStep
from kpipe.keras_internals import global_seed_state

pytestmark = pytest.mark.slow


def model():
    found = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)]
    )
    found.compile(keras.optimizers.Adam(0.1), "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    found.train_on_batch(x, x[:, :1])
    return found, x


def values(found):
    return [np.array(entry) for entry in (*found.variables, *found.optimizer.variables, *found.metrics_variables)]


def test_a_training_leaves_no_trace():
    found, x = model()
    before, seed = values(found), global_seed_state()
    drawn = random.getstate(), np.random.get_state()[1].copy()
    with saved_variables(found):
        found.fit(x, x[:, :1], verbose=0, epochs=2)
        keras.random.uniform((3,))
        random.random()
        np.random.random()
        assert any((old != new).any() for old, new in zip(before, values(found), strict=True))
    for old, new in zip(before, values(found), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(seed, global_seed_state())
    assert random.getstate() == drawn[0]
    np.testing.assert_array_equal(np.random.get_state()[1], drawn[1])


def test_the_same_steps_have_the_same_losses():
    found, x = model()
    step, losses = TrainStep(found), []
    for _ in range(2):
        with saved_variables(found):
            losses.append([step((x, x[:, :1]), 0.1).total for _ in range(5)])
    assert losses[0] == losses[1]
    assert losses[0][0] != losses[0][-1]


def test_variables_are_restored_after_an_exception():
    found, _ = model()
    before = values(found)
    with pytest.raises(ZeroDivisionError), saved_variables(found):
        found.layers[0].kernel.assign(np.ones((3, 4)))
        raise ZeroDivisionError
    np.testing.assert_array_equal(values(found)[0], before[0])


def test_further_variables():
    found, _ = model()
    other = keras.Variable(1.0)
    with saved_variables(found, [other]):
        other.assign(2.0)
    assert float(other) == 1.0
