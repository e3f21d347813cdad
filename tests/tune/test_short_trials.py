"""Trials of one epoch rank learning rates as trials of 30 epochs do, although BatchNormalization lags."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from kpipe_callbacks import BatchStatistics
from random_seed import set_random_seed
from sklearn.datasets import load_digits

pytestmark = pytest.mark.slow

#: From rates that hardly learn to the largest that train well.
RATES = 10 ** np.linspace(-3.5, 0, 8)
BATCH, STEPS = 64, 20


def spearman(first, second):
    """The correlation of ranks."""
    return np.corrcoef([np.argsort(np.argsort(values)) for values in (first, second)])[0, 1]


def dense():
    return [layer for _ in range(3) for layer in (layers.Dense(32, use_bias=False), *normalized())]


def convolutional():
    found = [layers.Reshape((8, 8, 1))]
    for filters, strides in ((4, 2), (8, 1), (8, 1)):
        found += [layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False), *normalized()]
    return [*found, layers.GlobalAveragePooling2D()]


def normalized():
    return [layers.BatchNormalization(), layers.ReLU()]


def model_of(hidden, seed):
    set_random_seed(seed)
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], steps_per_execution=STEPS)
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize(("hidden", "seed"), [(dense, 0), (convolutional, 1)])
def test_one_epoch_ranks_as_thirty_do(hidden, seed):
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = (x[order] / 16).astype(np.float32), y[order]
    train, rest = slice(0, BATCH * STEPS), slice(BATCH * STEPS, None)
    # One dataset for all trials: TensorFlow compiles functions for each `fit` on arrays.
    batches = tf.data.Dataset.from_tensor_slices((x[train], y[train])).batch(BATCH)
    validation = tf.data.Dataset.from_tensor_slices((x[rest], y[rest])).batch(BATCH)
    model = model_of(hidden(), seed + 1)
    variables = [*model.variables, *model.optimizer.variables]
    start = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]

    def reset(rate):
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        model.optimizer.learning_rate = rate

    def fit(epochs, validated, *callbacks):
        options = {"validation_data": validation, "validation_freq": validated, "shuffle": False, "verbose": 0}
        return model.fit(batches, epochs=epochs, callbacks=[*callbacks], **options).history

    def long_trial(rate):
        reset(rate)
        # Other validations would take as long as the training.
        return fit(30, [1, 30])

    long = [long_trial(rate) for rate in RATES]
    sample = [x[first : first + BATCH] for first in range(0, BATCH * STEPS, BATCH)]
    # Each epoch is a trial of its own: TensorFlow compiles the step once for all of them.
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: reset(RATES[epoch]))
    short = fit(len(RATES), 1, BatchStatistics(8, data=sample), begin)
    # The weights of both are the same, so that only the statistics differ.
    assert short["loss"] == [history["loss"][0] for history in long]
    last = [history["val_accuracy"][-1] for history in long]
    found = short["val_accuracy"]
    assert spearman(found, last) >= 0.95
    # With the moving statistics, the scores are those of the lag rather than of the weights.
    assert max(found) >= 1.25 * max(history["val_accuracy"][0] for history in long)
