"""One cycle in a training: the rate, and the momentum that goes the other way."""

import keras
import numpy as np
import pytest
from golden import raises
from kpipe_callbacks import OneCycleSchedule

from ..training import Act, raising
from .rates import check, linear, replay, run

EPOCHS, BATCHES, SIZE = 4, 10, 2


def goes(steps, start, peak, end, total, rise=0.3):
    top = rise * total
    rising = start + (peak - start) / 2 * (1 - np.cos(np.pi * steps / top))
    falling = end + (peak - end) / 2 * (1 + np.cos(np.pi * (np.clip(steps, 0, total) - top) / (total - top)))
    return np.where(steps < top, rising, falling)


RATES = goes(np.arange(40), 0.05 / 25, 0.05, 0.05 / 25e4, 40)
MOMENTA = goes(np.arange(40), 0.95, 0.85, 0.95, 40)


def sgd(rates, momenta, nesterov=False):
    velocity = np.zeros((3, 1))

    def update(weights, gradient, number):
        nonlocal velocity
        pushed = rates[number] * gradient
        velocity = momenta[number] * velocity - pushed
        return weights + (momenta[number] * velocity - pushed if nesterov else velocity)

    return update


def adam(rates, momenta, beta_2, decay=0.0):
    mean, square = np.zeros((3, 1)), np.zeros((3, 1))

    def update(weights, gradient, number):
        nonlocal mean, square
        rate, beta_1 = rates[number], momenta[number]
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        corrected = rate * np.sqrt(1 - beta_2 ** (number + 1)) / (1 - beta_1 ** (number + 1))
        return weights * (1 - decay * rate) - corrected * mean / (np.sqrt(square) + 1e-7)

    return update


def compare(optimizer, update, callback=None, epochs=EPOCHS, **compiling):
    """Each step's weights are those of the formula, and the optimizer has its own numbers back."""
    model = linear(optimizer, **compiling)
    first, config = model.get_weights()[0], optimizer.get_config()
    found = run(model, callback or OneCycleSchedule(), epochs=epochs, batches=BATCHES, size=SIZE)
    expected = replay(first, update, epochs=epochs, batches=BATCHES, size=SIZE)
    np.testing.assert_allclose(found.weights, expected, rtol=0, atol=1e-6)
    assert optimizer.get_config() == config
    return model


def test_the_rate_rises_from_a_25th_and_falls_to_a_250000th():
    expected = goes(np.arange(82), 0.5 / 25, 0.5, 0.5 / 25e4, 82)
    check(OneCycleSchedule(momentum=None), expected, epochs=2, batches=41)


def test_rise_and_divisors_are_taken():
    expected = goes(np.arange(15), 0.1, 0.5, 0.05, 15, 0.5)
    schedule = OneCycleSchedule(rise=0.5, start_divisor=5, end_divisor=2, momentum=None)
    check(schedule, expected, epochs=3, batches=5)


def test_it_ends_at_an_epoch_and_the_warm_up_is_a_part_of_the_whole():
    steps = np.arange(15)
    cycle = goes(np.maximum(steps - 2, 0), 0.02, 0.5, 0.02 / 1e4, 8)
    schedule = OneCycleSchedule(total_epochs=2, warmup_steps=2, momentum=None)
    check(schedule, np.where(steps < 2, 0.02 * steps / 2, cycle), epochs=3, batches=5)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_momentum_of_sgd_is_used_in_every_step(nesterov):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=nesterov)
    compare(optimizer, sgd(RATES, MOMENTA, nesterov))
    assert type(optimizer.momentum) is float
    assert optimizer.momentum == 0.9


# With a beta_2 near 1, float32 has few digits of 1 - beta_2^t; that is Keras' error, and not what is tested here.
@pytest.mark.parametrize(
    ("optimizer", "decay"),
    [
        (lambda: keras.optimizers.Adam(0.05, beta_1=0.8, beta_2=0.9), 0.0),
        (lambda: keras.optimizers.AdamW(0.05, beta_1=0.8, beta_2=0.9, weight_decay=0.02), 0.02),
    ],
)
def test_the_beta_1_of_adam_is_used_in_every_step(optimizer, decay):
    made = optimizer()
    compare(made, adam(RATES, MOMENTA, 0.9, decay))
    assert type(made.beta_1) is float
    assert made.beta_1 == 0.8


def test_the_momentum_is_used_in_every_step_of_an_execution():
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    model = linear(optimizer, steps_per_execution=5)
    first = model.get_weights()[0]
    run(model, OneCycleSchedule(), epochs=EPOCHS, batches=BATCHES, size=SIZE)
    expected = replay(first, sgd(RATES, MOMENTA), epochs=EPOCHS, batches=BATCHES, size=SIZE)[-1]
    np.testing.assert_allclose(model.get_weights()[0].ravel(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("compiling", [{"jit_compile": True}, {"jit_compile": False}, {"run_eagerly": True}])
def test_the_momentum_is_used_however_the_step_is_run(compiling):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    rates, momenta = (goes(np.arange(10), *ends, 10) for ends in ((0.002, 0.05, 0.002 / 1e4), (0.95, 0.85, 0.95)))
    compare(optimizer, sgd(rates, momenta, nesterov=True), epochs=1, **compiling)


def test_the_momentum_is_used_with_gradients_that_are_added_up():
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, gradient_accumulation_steps=2)
    model = linear(optimizer)
    first = model.get_weights()[0]
    found = run(model, OneCycleSchedule(), epochs=2, batches=BATCHES, size=SIZE)
    # The mean gradient of two batches is that of one batch of twice the size.
    rates, momenta = (goes(np.arange(10), *ends, 10) for ends in ((0.002, 0.05, 0.002 / 1e4), (0.95, 0.85, 0.95)))
    expected = replay(first, sgd(rates, momenta), epochs=2, batches=BATCHES // 2, size=2 * SIZE)
    np.testing.assert_allclose(found.weights[1::2], expected, rtol=0, atol=1e-6)


def test_the_momentum_is_the_highest_during_the_warm_up():
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    steps = np.arange(40)
    rates = np.where(steps < 10, 0.002 * steps / 10, goes(np.maximum(steps - 10, 0), 0.002, 0.05, 0.002 / 1e4, 30))
    momenta = np.where(steps < 10, 0.9, goes(np.maximum(steps - 10, 0), 0.9, 0.5, 0.9, 30))
    compare(optimizer, sgd(rates, momenta), OneCycleSchedule(warmup_epochs=1, momentum=(0.5, 0.9)))


def test_without_momentum_it_is_left_alone():
    compare(keras.optimizers.SGD(0.05, momentum=0.8), sgd(RATES, np.full(40, 0.8)), OneCycleSchedule(momentum=None))
    expected = goes(np.arange(10), 0.02, 0.5, 0.02 / 1e4, 10)
    model = linear(keras.optimizers.RMSprop(0.5))
    np.testing.assert_allclose(run(model, OneCycleSchedule(momentum=None), epochs=2).rates, expected, atol=5e-7)


def test_after_a_training_that_was_cut_off_the_optimizer_has_its_own_momentum():
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    model = linear(optimizer)
    with pytest.raises(InterruptedError):
        run(model, OneCycleSchedule(), Act(raising(InterruptedError()), batch=3))
    assert optimizer.get_config()["momentum"] == 0.9
    # The next training, without the callback, is one with a constant momentum.
    optimizer.learning_rate = 0.05
    for variable in optimizer.momentums:
        variable.assign(np.zeros(variable.shape))
    first = model.get_weights()[0]
    found = run(model, epochs=1, batches=BATCHES, size=SIZE)
    update = sgd(np.full(10, 0.05), np.full(10, 0.9))
    expected = replay(first, update, epochs=1, batches=BATCHES, size=SIZE)
    np.testing.assert_allclose(found.weights, expected, rtol=0, atol=1e-6)


class Own(keras.optimizers.SGD):
    """May use its momentum for anything."""


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.RMSprop(0.1),
        lambda: Own(0.1, momentum=0.9),
        lambda: keras.optimizers.SGD(0.1),
        lambda: keras.optimizers.Adam(0.1, beta_1=0.0),
    ],
)
def test_an_optimizer_whose_momentum_cannot_be_set_is_refused(optimizer):
    model = linear(optimizer())
    with raises(ValueError):
        run(model, OneCycleSchedule())
    assert "train_step" not in vars(model)


@pytest.mark.parametrize(
    "momentum", [0.9, (0.9,), (0.95, 0.85), (0.9, 1.0), (-0.1, 0.5), ("0.1", 0.5), (True, True), (float("nan"), 0.5)]
)
def test_a_wrong_momentum_is_refused(momentum):
    with raises(ValueError):
        OneCycleSchedule(momentum=momentum)


@pytest.mark.parametrize(
    "arguments",
    [
        {"rise": 1},
        {"start_divisor": 0.5},
        {"end_divisor": 0},
        {"total_epochs": 1, "total_steps": 5},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with raises(ValueError):
        OneCycleSchedule(**arguments)
