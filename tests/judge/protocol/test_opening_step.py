"""The first update is that of NumPy, and the model is the same afterwards."""

import keras
import numpy as np
import pytest
from keras import layers

from kpipe.judge.protocol.opening_step import opening_step
from kpipe.judge.protocol.train_step import TrainStep
from kpipe.judge.protocol.training_batches import TrainingBatch

pytestmark = pytest.mark.slow

GENERATOR = np.random.default_rng(3)
X, Y = GENERATOR.normal(size=(96, 3)).astype("float32"), GENERATOR.normal(size=(96, 2)).astype("float32")
WEIGHTS = GENERATOR.normal(size=(3, 2)).astype("float32")


def linear(optimizer, dtype=None, **arguments):
    """A linear regression."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, dtype=dtype, **arguments)])
    model.layers[0].kernel.assign(WEIGHTS)
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def batches(size):
    for step, first in enumerate(range(0, 96, size)):
        places = np.arange(first, first + size)
        yield TrainingBatch(values=(X[places], Y[places]), samples=places, step=step)


def gradient(x, y):
    return 2 / y.size * x.T @ (x @ WEIGHTS - y)


def measured(model, size, rate=0.1, accumulation=1):
    before = [np.array(entry) for entry in (*model.variables, *model.optimizer.variables)]
    step = TrainStep(model)
    found = opening_step(model, lambda batch, rate: step(batch.values, rate), batches(size), rate, accumulation)
    after = [np.array(entry) for entry in (*model.variables, *model.optimizer.variables)]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    return found


def ratio(update):
    return pytest.approx(np.linalg.norm(update) / np.linalg.norm(WEIGHTS), rel=1e-4)


def loss(count):
    return pytest.approx(np.mean((X[:count] @ WEIGHTS - Y[:count]) ** 2), rel=1e-5)


def test_the_update_of_a_batch():
    found = measured(linear(keras.optimizers.SGD(5.0)), 32)
    assert found.ratio == ratio(0.1 * gradient(X[:32], Y[:32]))
    assert (found.loss.data, found.loss.penalty, found.samples) == (loss(32), 0, 32)
    assert [*found.ratios.values()] == [found.ratio]


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.Lion])
def test_of_small_batches_the_loss_is_that_of_several_and_the_update_that_of_the_first(optimizer):
    found = measured(linear(optimizer(1.0)), 8)
    assert (found.loss.data, found.samples) == (loss(32), 32)
    first = gradient(X[:8], Y[:8])
    update = 0.1 * (first if optimizer is keras.optimizers.SGD else np.sign(first))
    assert found.ratio == ratio(update)


def test_a_constraint_and_an_average_act_on_the_update_alone():
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_overwrite_frequency=1, ema_momentum=0.5)
    found = measured(linear(optimizer, kernel_constraint=keras.constraints.NonNeg()), 8)
    assert found.loss.data == loss(32)


def test_the_update_of_accumulated_gradients():
    found = measured(linear(keras.optimizers.SGD(1.0, gradient_accumulation_steps=3)), 16, accumulation=3)
    assert found.ratio == ratio(0.1 * gradient(X[:48], Y[:48]))
    assert (found.loss.data, found.samples) == (loss(48), 48)


def test_penalties_are_separate():
    found = measured(linear(keras.optimizers.SGD(1.0), kernel_regularizer=keras.regularizers.L2(0.5)), 32)
    assert found.loss.data == loss(32)
    assert found.loss.penalty == pytest.approx(0.5 * np.sum(WEIGHTS**2), rel=1e-5)
    assert found.ratio == ratio(0.1 * (gradient(X[:32], Y[:32]) + WEIGHTS))


def test_an_update_is_repeated_until_its_scaled_loss_is_finite():
    model = linear(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1.0), initial_scale=2.0**120))
    assert measured(model, 32).ratio is not None
    found = measured(linear(keras.optimizers.SGD(1.0), dtype="mixed_float16"), 32)
    assert found.ratio == pytest.approx(ratio(0.1 * gradient(X[:32], Y[:32])).expected, rel=5e-3)


def test_without_kernels_there_is_no_ratio():
    model = keras.Sequential([keras.Input((3,)), layers.LayerNormalization(), layers.Dense(2, trainable=False)])
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    found = measured(model, 32)
    assert (found.ratio, found.ratios) == (None, {})


def test_kernels_of_zero_have_no_ratio():
    model = linear(keras.optimizers.SGD(1.0))
    model.layers[0].kernel.assign(np.zeros((3, 2)))
    assert measured(model, 32).ratio is None
