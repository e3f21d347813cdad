"""A step is that of Keras."""

import keras
import numpy as np
import pytest
from keras import layers
from random_seed import set_random_seed

from kpipe.judge.protocol.train_step import TrainStep

pytestmark = pytest.mark.slow

GENERATOR = np.random.default_rng(5)
X, Y = GENERATOR.normal(size=(16, 4)).astype("float32"), GENERATOR.integers(0, 3, 16)


def model(optimizer, policy="float32", rate=0.3, **arguments):
    set_random_seed(1)
    found = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.01), dtype=policy),
            layers.BatchNormalization(dtype=policy),
            layers.Dropout(rate, seed=2),
            layers.Dense(3, dtype="float32"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found.compile(optimizer(), loss, **arguments)
    found.optimizer.build(found.trainable_variables)
    return found


def sgd():
    return keras.optimizers.SGD(0.1, momentum=0.9)


OPTIMIZERS = {
    "SGD": sgd,
    "AdamW": lambda: keras.optimizers.AdamW(0.1),
    "accumulation": lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=2),
    "average": lambda: keras.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=2),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(sgd()),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_losses_and_weights_are_those_of_fit(name):
    own, of_keras = model(OPTIMIZERS[name]), model(OPTIMIZERS[name])
    step = TrainStep(own)
    weights = np.linspace(0, 2, 16).astype("float32")
    losses = [step((X, Y, weights), 0.1).total for _ in range(4)]
    history = of_keras.fit(X, Y, batch_size=16, epochs=4, verbose=0, shuffle=False, sample_weight=weights)
    np.testing.assert_allclose(losses, history.history["loss"], rtol=1e-5)
    for found, expected in zip(own.get_weights(), of_keras.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_each_step_has_its_learning_rate():
    own = model(sgd)
    step, start = TrainStep(own), own.get_weights()[0]
    step((X, Y), 0.0)
    np.testing.assert_array_equal(own.get_weights()[0], start)
    step((X, Y), 0.5)
    assert float(own.optimizer.learning_rate) == 0.5
    assert (own.get_weights()[0] != start).any()


def test_the_penalty_is_that_of_the_weights_before_the_update():
    own = model(sgd)
    kernel = np.array(own.layers[0].kernel)
    found = TrainStep(own)((X, Y), 0.1)
    assert found.penalty == pytest.approx(0.01 * np.sum(kernel**2), rel=1e-5)
    assert found.total == found.data + found.penalty


def test_mixed_precision_is_scaled_as_in_keras():
    own = model(OPTIMIZERS["scaled"], "mixed_float16")
    step = TrainStep(own)
    losses = [step((X, Y), 0.1).data for _ in range(40)]
    plain = TrainStep(model(sgd))
    np.testing.assert_allclose(losses, [plain((X, Y), 0.1).data for _ in range(40)], rtol=0.05)


def test_a_compiled_step_is_the_same():
    plain, compiled = (TrainStep(model(sgd, rate=0.0, jit_compile=jit)) for jit in (False, True))
    for _ in range(3):
        assert compiled((X, Y), 0.1).total == pytest.approx(plain((X, Y), 0.1).total, rel=1e-4)
