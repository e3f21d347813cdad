"""The learning rates are those with which Keras trains."""

import keras
import kpipe_callbacks
import numpy as np
import pytest
from kpipe_callbacks import Schedule

from kpipe.judge.protocol.learning_rates import learning_rates

EPOCHS, STEPS = 6, 4
ARGUMENTS = {
    "ComposedSchedule": {"schedule": kpipe_callbacks.schedules.cosine(0.1, 12)},
    "CosineRestartsSchedule": {"period_epochs": 3},
    "CyclicSchedule": {"period_epochs": 2, "low_learning_rate": 0.01},
    "ExponentialSchedule": {"decay_per_step": 0.1},
    "InverseTimeSchedule": {"decay_per_epoch": 0.5},
    "OneCycleSchedule": {"momentum": None},
    "StepSchedule": {"milestone_epochs": [2, 4]},
}
SCHEDULES = sorted(
    name
    for name, value in vars(kpipe_callbacks).items()
    if isinstance(value, type) and issubclass(value, Schedule) and value is not Schedule
)


class Weights(keras.callbacks.Callback):
    """Records the only weight before the first and after each batch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append(float(self.model.layers[0].kernel[0, 0]))

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.layers[0].kernel[0, 0]))


def trained(optimizer, callbacks, epochs=EPOCHS):
    """The learning rates of a training whose gradient is 1, so that each update subtracts its learning rate."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="dense")]
    )
    model.compile(optimizer, loss=lambda y, prediction: keras.ops.mean(prediction))
    weights = Weights()
    ones = np.ones((STEPS, 1), "float32")
    model.fit(ones, ones, batch_size=1, epochs=epochs, shuffle=False, verbose=0, callbacks=[*callbacks, weights])
    accumulation = optimizer.gradient_accumulation_steps or 1
    return -np.diff(weights.seen[::accumulation])


def expect(make_optimizer, make_callbacks=list, epochs=EPOCHS):
    expected = trained(make_optimizer(), make_callbacks(), epochs)
    found = learning_rates(make_optimizer(), make_callbacks(), epochs, STEPS)
    np.testing.assert_allclose([found.at(update) for update in range(len(expected))], expected, rtol=1e-4, atol=2e-7)
    assert found.peak == pytest.approx(expected.max(), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", [None, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name, accumulation):
    kind = getattr(kpipe_callbacks, name)

    def make():
        warmup = {} if name in ("ComposedSchedule", "OneCycleSchedule") else {"warmup_epochs": 1}
        return [kind(**ARGUMENTS.get(name, {}), **warmup)]

    expect(lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=accumulation), make)


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", [None, 3])
@pytest.mark.parametrize(
    "schedule",
    [lambda epoch: 0.1 / (1 + epoch), lambda epoch, rate: rate * (2 if epoch < 2 else 0.5)],
    ids=["epoch", "epoch and rate"],
)
def test_functions_of_the_epoch(schedule, accumulation):
    expect(
        lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=accumulation),
        lambda: [keras.callbacks.LearningRateScheduler(schedule)],
    )


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", [None, 2])
def test_schedules_of_the_optimizer(accumulation):
    def make():
        schedule = keras.optimizers.schedules.CosineDecay(0.0, 16, warmup_target=0.2, warmup_steps=8)
        return keras.optimizers.SGD(schedule, gradient_accumulation_steps=accumulation)

    expect(make)


def test_a_number_is_its_decimal_number():
    found = learning_rates(keras.optimizers.SGD(0.1), [], 2, 3)
    assert (found.at(0), found.at(99), found.peak) == (0.1, 0.1, 0.1)


def test_the_highest_can_be_after_the_first_updates():
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 5000, warmup_target=0.2, warmup_steps=2000)
    found = learning_rates(keras.optimizers.SGD(schedule), [], 10, 1000)
    assert found.at(99) == pytest.approx(0.2 * 99 / 2000, rel=1e-4)
    assert found.peak == pytest.approx(0.2, rel=1e-3)


def test_a_loss_scale_is_looked_through():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    assert learning_rates(optimizer, [], 2, 3).peak == 0.1


def test_several_optimizers_have_no_single_rate():
    optimizers = keras.optimizers.OptimizerMap(default_optimizer=keras.optimizers.SGD(0.1))
    assert learning_rates(keras.optimizers.MultiOptimizer(optimizers), [], 2, 3) is None


def test_a_training_shorter_than_an_update_has_the_first_rate():
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=100)
    assert learning_rates(optimizer, [kpipe_callbacks.CosineSchedule()], 2, 3).peak == 0.1
