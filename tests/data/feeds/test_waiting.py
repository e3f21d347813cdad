"""Tests of the measured time in which steps wait for data."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from kpipe.data.feeds.waiting import Waiting


def test_the_share_is_that_of_all_steps():
    waiting = Waiting()
    for seconds in (0.25, 0.5):
        waiting.add(seconds)
    assert waiting.line(3.0) == "steps waited for data in 25 % of their time"
    assert waiting.line(0.5) == "steps waited for data in 100 % of their time"
    assert Waiting().line(0.0) == "steps waited for data in 0 % of their time"


@pytest.mark.parametrize("is_slow", [True, False])
def test_slow_batches_are_waited_for_and_the_others_are_not(is_slow):
    released = threading.Event()

    def read(step):
        if is_slow:
            released.wait(0.1)
        return np.asarray(step, np.int64)

    waiting = Waiting()
    batches = tf.data.Dataset.range(3).map(lambda step: tf.ensure_shape(tf.numpy_function(read, [step], tf.int64), []))
    measured = waiting.measured(batches)
    assert int(measured.cardinality()) == 3
    assert [int(value) for value in measured] == [0, 1, 2]
    assert waiting.seconds >= 0.29 if is_slow else waiting.seconds > 0
    assert measured.element_spec == batches.element_spec
