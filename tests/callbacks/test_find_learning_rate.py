"""The range test trains as a NumPy replay does, and leaves no trace in the model."""

import random

import keras
import numpy as np
import pytest
from kpipe_callbacks import PolyakAveraging, find_learning_rate

X = np.random.default_rng(0).normal(size=(96, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]]).astype("float32")


def linear(optimizer=None, **compiled):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer or keras.optimizers.SGD(0.3), "mse", **compiled)
    return model


def rich():
    """A model with momentum, dropout, moving statistics and metrics."""
    keras.utils.set_random_seed(3)
    layers = [
        keras.layers.Dense(8),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def state(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def replay(steps, lowest, highest, batch_size):
    """Losses and moving averages of gradient descent on the same batches, in float64."""
    weights, losses, averages, average = np.ones((3, 1)), [], [], 0.0
    order = np.random.default_rng(0).permutation(len(X))
    batches = [order[first : first + batch_size] for first in range(0, len(X) - batch_size + 1, batch_size)]
    for step in range(steps):
        rows = batches[step % len(batches)]
        x, y = X[rows].astype(float), Y[rows].astype(float)
        residual = x @ weights - y
        losses.append(float(np.mean(residual**2)))
        average = 0.9 * average + 0.1 * losses[-1]
        averages.append(average / (1 - 0.9 ** (step + 1)))
        weights -= lowest * (highest / lowest) ** (step / (steps - 1)) * 2 * x.T @ residual / len(rows)
    return losses, averages


@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_it_trains_as_a_replay(steps_per_execution):
    curve = find_learning_rate(
        linear(steps_per_execution=steps_per_execution), (X, Y), batch_size=32, steps=30, lowest=1e-4, highest=0.3
    )
    losses, averages = replay(30, 1e-4, 0.3, 32)
    np.testing.assert_allclose(curve.rates, np.geomspace(1e-4, 0.3, 30), rtol=1e-6)
    np.testing.assert_allclose(curve.losses, losses, rtol=2e-4)
    np.testing.assert_allclose(curve.smoothed, averages, rtol=2e-4)


def test_fewer_samples_than_a_batch_are_a_batch():
    few, batch = (
        find_learning_rate(linear(), (X[:9], Y[:9]), batch_size=size, steps=12, highest=0.1) for size in (32, 9)
    )
    np.testing.assert_array_equal(few.losses, batch.losses)
    rows = np.random.default_rng(0).permutation(9)
    assert few.losses[0] == pytest.approx(np.mean((X[rows] @ np.ones((3, 1)) - Y[rows]) ** 2), rel=1e-5)
    assert len(few.losses) == 12


def test_accumulated_batches_share_a_rate():
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)
    curve = find_learning_rate(linear(optimizer), (X, Y), batch_size=8, steps=10, lowest=1e-4, highest=0.1)
    np.testing.assert_allclose(curve.rates, np.repeat(np.geomspace(1e-4, 0.1, 10), 3), rtol=1e-6)
    assert len(curve.losses) == 30
    # The weights change after three batches.
    order = np.random.default_rng(0).permutation(len(X))[:24].reshape(3, 8)
    losses = [np.mean((X[rows] @ np.ones((3, 1)) - Y[rows]) ** 2) for rows in order]
    np.testing.assert_allclose(curve.losses[:3], losses, rtol=1e-5)


def test_it_ends_when_the_loss_explodes():
    curve = find_learning_rate(linear(), (X, Y), steps=200, highest=100.0)
    assert len(curve.losses) < 200
    assert curve.smoothed[-1] > 4 * curve.smoothed.min()
    assert np.all(curve.smoothed[:-1] <= 4 * np.minimum.accumulate(curve.smoothed)[:-1])
    assert 1e-3 < curve.suggestion < 0.5


def test_a_loss_that_hardly_falls_is_tested_longer():
    # A constant model has no gradient.
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, trainable=False), keras.layers.Dense(1)])
    model.layers[-1].kernel_constraint = lambda kernel: kernel * 0
    model.compile("sgd", "mse")
    curve = find_learning_rate(model, (X, Y * 0 + 5), highest=1e-5)
    assert len(curve.losses) == 300
    assert curve.suggestion is None


@pytest.mark.slow
def test_nothing_changes():
    model = rich()
    model.fit(X, Y, epochs=1, verbose=0, shuffle=False)
    before, history, generators = state(model), model.history, (random.getstate(), np.random.get_state()[1].copy())
    find_learning_rate(model, (X, Y), steps=20)
    after = state(model)
    assert len(before) == len(after)
    for expected, found in zip(before, after, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert model.history is history
    assert not model.stop_training
    assert random.getstate() == generators[0]
    np.testing.assert_array_equal(np.random.get_state()[1], generators[1])


@pytest.mark.slow
def test_the_next_training_is_the_same():
    histories = []
    for tests in (False, True):
        model = rich()
        if tests:
            find_learning_rate(model, (X, Y), steps=20)
        callbacks = [PolyakAveraging(decay=0.5)]
        histories.append(model.fit(X, Y, epochs=2, verbose=0, shuffle=False, callbacks=callbacks).history)
    assert histories[0] == histories[1]


@pytest.mark.slow
def test_an_exception_leaves_no_trace():
    class Broken(keras.utils.PyDataset):
        def __len__(self):
            return 50

        def __getitem__(self, index):
            if index == 7:
                raise RuntimeError("broken batch")
            return X[:32], Y[:32]

    model = rich()
    model.fit(X, Y, epochs=1, verbose=0, shuffle=False)
    before = state(model)
    with pytest.raises(Exception, match="broken batch"):
        find_learning_rate(model, Broken(), steps=20)
    for expected, found in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_batches_can_be_a_list():
    batches = [(X[:32], Y[:32]), (X[32:64], Y[32:64])]
    assert len(find_learning_rate(linear(), batches, steps=5, highest=1e-3).losses) == 5


def test_batches_can_be_a_dataset():
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(32)
    assert len(find_learning_rate(linear(), dataset, steps=5, highest=1e-3).losses) == 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": (X,)}, r"data: expected \(x, y\) or \(x, y, sample_weight\), got a tuple of 1"),
        ({"data": X}, "data: expected an iterable of batches, got one array"),
        ({"data": iter([(X, Y)])}, "can be iterated only once"),
        ({"data": []}, "data: empty; expected at least one batch"),
        ({"data": (X[:0], Y[:0])}, "data: expected at least one sample, got 0 samples"),
        ({"data": (X, Y[:5])}, "data: expected arrays of one length, got 5, 96 samples"),
        ({"data": None}, r"data: expected arrays \(x, y\) or an iterable of batches, got None"),
        ({"lowest": 1.0, "highest": 0.1}, "lowest, highest: expected lowest < highest, got 1 and 0.1"),
        ({"steps": 0}, "steps: "),
        ({"batch_size": 0}, "batch_size: "),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(ValueError, match=message):
        find_learning_rate(linear(), **{"data": (X, Y), "steps": 3, **given})


def test_wrong_models():
    with pytest.raises(ValueError, match="model: not compiled"):
        find_learning_rate(keras.Sequential([keras.layers.Dense(1)]), (X, Y))
    frozen = linear()
    frozen.trainable = False
    with pytest.raises(ValueError, match="model: no trainable weights; set trainable = True on its layers"):
        find_learning_rate(frozen, (X, Y), steps=3)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(ValueError, match="model: its optimizer has the schedule ExponentialDecay; expected a number"):
        find_learning_rate(linear(keras.optimizers.SGD(schedule)), (X, Y), steps=3)
    with pytest.raises(ValueError, match="the loss of the first step is not finite"):
        find_learning_rate(linear(), (X * np.nan, Y), steps=3)
