"""Trials of one epoch rank learning rates as trials of 30 epochs do, although BatchNormalization lags."""

import keras
import numpy as np
import pytest
from keras import layers
from kpipe_callbacks import BatchStatistics
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
    for filters, strides in ((8, 1), (16, 2), (16, 1)):
        found += [layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False), *normalized()]
    return [*found, layers.GlobalAveragePooling2D()]


def normalized():
    return [layers.BatchNormalization(), layers.ReLU()]


def model_of(hidden, seed):
    keras.utils.set_random_seed(seed)
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
    model = model_of(hidden(), seed + 1)
    variables = [*model.variables, *model.optimizer.variables]
    start = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]

    def trial(rate, epochs, callbacks=()):
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        model.optimizer.learning_rate = rate
        keras.utils.set_random_seed(2)
        fit = {"batch_size": BATCH, "epochs": epochs, "validation_data": (x[rest], y[rest]), "verbose": 0}
        # Other validations would take as long as the training.
        return model.fit(x[train], y[train], callbacks=list(callbacks), validation_freq=[1, epochs], **fit).history

    long = [trial(rate, 30) for rate in RATES]
    sample = [x[first : first + BATCH] for first in range(0, BATCH * STEPS, BATCH)]
    short = [trial(rate, 1, [BatchStatistics(8, data=sample)]) for rate in RATES]
    # The weights of both are the same, so that only the statistics differ.
    assert [history["loss"][0] for history in short] == [history["loss"][0] for history in long]
    last = [history["val_accuracy"][-1] for history in long]
    found = [history["val_accuracy"][0] for history in short]
    assert spearman(found, last) >= 0.95
    # With the moving statistics, the scores are those of the lag rather than of the weights.
    assert max(found) >= 1.25 * max(history["val_accuracy"][0] for history in long)
