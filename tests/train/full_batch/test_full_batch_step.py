import keras
import numpy as np
import pytest
import tensorflow as tf
from random_seed import set_random_seed
from scipy.optimize import minimize

from kpipe.optimizers import LBFGS
from kpipe.train.full_batch.full_batch_loss import FullBatchLoss
from kpipe.train.full_batch.full_batch_step import FullBatchStep
from kpipe.train.objective.metric_values import build_metrics

SAMPLES, SIZE = 60, 16


def dataset():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(SAMPLES, 4)).astype(np.float32)
    y = (x @ generator.normal(size=(4, 3)) + generator.normal(size=(SAMPLES, 3))).argmax(axis=1)
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(SIZE)


def softmax_regression(**options):
    """A convex problem: one layer with an L2 penalty."""
    set_random_seed(1)
    dense = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(1e-2), bias_regularizer="l2")
    model = keras.Sequential([keras.Input((4,)), dense])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(LBFGS(**options), loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    build_metrics(model, dataset())
    return model


def test_it_minimizes_the_loss_of_all_batches_like_scipy():
    model, batches = softmax_regression(gradient_tolerance=1e-4), dataset()
    step = FullBatchStep(model)
    losses = []
    while not model.stop_training and len(losses) < 100:
        losses.append(float(step(iter([batches]))["loss"]))
    assert losses == sorted(losses, reverse=True)
    assert model.optimizer.stop_reason.startswith("converged: gradient norm ")

    other = softmax_regression()
    function = FullBatchLoss(other)

    def evaluate(flat):
        other.layers[0].kernel.assign(flat[:12].reshape(4, 3))
        other.layers[0].bias.assign(flat[12:])
        return function(batches)

    oracle = minimize(evaluate, np.zeros(15), jac=True, method="L-BFGS-B", options={"gtol": 1e-5})
    # A gradient of 1e-4 and an eigenvalue of 0.02 leave (1e-4)^2 / 0.04 = 2.5e-7 above the minimum.
    assert losses[-1] == pytest.approx(oracle.fun, abs=5e-7)


def test_the_metrics_are_those_of_the_new_weights():
    model, batches = softmax_regression(), dataset()
    step = FullBatchStep(model)
    logs = [step(iter([batches])) for _ in range(3)][-1]
    x, y = (np.concatenate(arrays) for arrays in zip(*batches.as_numpy_iterator(), strict=True))
    expected = model.evaluate(x, y, batch_size=SAMPLES, verbose=0, return_dict=True)
    assert {name: float(value) for name, value in logs.items()} == pytest.approx(expected, rel=1e-5)
    assert model.optimizer.loss == pytest.approx(expected["loss"], rel=1e-6)


def test_it_ends_the_training_when_it_has_converged():
    model, batches = softmax_regression(gradient_tolerance=1e3), dataset()
    model.stop_training = False
    before = [np.array(entry) for entry in model.weights]
    logs = FullBatchStep(model)(iter([batches]))
    assert model.stop_training
    assert np.isfinite(float(logs["loss"]))
    for one, other in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(one), other)


def test_without_a_dataset_it_reports_the_end():
    with pytest.raises(StopIteration):
        FullBatchStep(softmax_regression())(iter([]))
