import keras
import numpy as np

from kpipe.optimizers import LBFGS
from kpipe.train.full_batch.iteration_metrics import IterationMetrics


def test_it_adds_the_values_of_the_iteration():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(LBFGS(), "mse")
    model.optimizer.build(model.trainable_variables)
    callback = IterationMetrics()
    callback.set_model(model)
    # w^2 from 1: the first step of length 1 reaches the minimum.
    kernel = model.layers[0].kernel
    model.optimizer.iterate(lambda: (float(np.sum(np.square(kernel))), 2 * np.array(kernel).reshape(-1)))
    logs = {"loss": 1.0}
    callback.on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "gradient_norm": 0.0, "step_length": 1.0, "evaluations": 2}


def test_a_norm_that_is_not_finite_is_left_out():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(LBFGS(), "mse")
    model.optimizer.build(model.trainable_variables)
    callback = IterationMetrics()
    callback.set_model(model)
    model.optimizer.iterate(lambda: (np.nan, np.array([np.nan])))
    logs = {}
    callback.on_epoch_end(0, logs)
    assert logs == {"step_length": 0.0, "evaluations": 1}
