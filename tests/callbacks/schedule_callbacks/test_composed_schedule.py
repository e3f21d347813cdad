"""Any schedule function in a training."""

import keras
import numpy as np
from golden import raises
from kpipe_callbacks import ComposedSchedule
from kpipe_callbacks.schedules import constant, cosine, inverse_time, join, warmup

from .rates import assert_rates, check, half_cosine, linear, run


def test_a_composition_is_used():
    steps = np.arange(20)
    after = np.where(steps < 9, 0.3, half_cosine(np.maximum(steps - 9, 0), 0.2, 7))
    schedule = ComposedSchedule(warmup(join(constant(0.3), 5, cosine(0.2, 7)), 4))
    check(schedule, np.where(steps < 4, 0.3 * steps / 4, after), epochs=4, batches=5)


def test_the_optimizers_own_rate_does_not_matter():
    schedule = ComposedSchedule(inverse_time(0.4, 0.1))
    check(schedule, 0.4 / (1 + 0.1 * np.arange(10)), epochs=2, batches=5, learning_rate=123.0)


def test_a_custom_function_is_used():
    schedule = ComposedSchedule(lambda step: 0.1 / (1.0 + 0.5 * step))
    check(schedule, 0.1 / (1 + 0.5 * np.arange(5)), epochs=1, batches=5)


def test_a_custom_function_may_be_constant():
    check(ComposedSchedule(lambda step: 0.1), np.full(5, 0.1), epochs=1, batches=5)


def test_a_custom_function_may_use_keras_ops():
    schedule = ComposedSchedule(lambda step: 0.1 * keras.ops.exp(-0.5 * keras.ops.cast(step, "float32")))
    expected = 0.1 * np.exp(-0.5 * np.arange(5))
    assert_rates(run(linear(), schedule).rates, expected)
    assert_rates(schedule.curve(1, 5), expected)


def test_its_rates_are_scaled():
    schedule = ComposedSchedule(constant(0.1), scale_with_batch=2, batch_size=4, verbose=0)
    check(schedule, np.full(5, 0.2), epochs=1, batches=5)


def test_a_value_that_is_not_a_function_is_refused():
    with raises(ValueError):
        ComposedSchedule(0.1)
