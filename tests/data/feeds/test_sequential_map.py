"""Elements that are computed in the thread that requests them, against `Dataset.map`."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from kpipe.data.feeds.sequential_map import sequential_map


def test_elements_structure_and_length_are_those_of_map():
    table = tf.constant(np.arange(12.0).reshape(4, 3), tf.float32)

    def make(number, other):
        return {"x": tf.gather(table, tf.stack([number, 0])), "y": (number + other, tf.cast(other, tf.float16))}

    pairs = tf.data.Dataset.from_tensor_slices((np.arange(4), np.arange(4) * 10))
    found, expected = sequential_map(pairs, make), pairs.map(make)
    assert found.element_spec == expected.element_spec
    assert found.cardinality() == 4
    for one, other in zip(found, expected, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def test_all_operations_of_an_element_run_in_one_thread():
    def read(number):
        return np.array([number, threading.get_ident()])

    def make(number):
        return tuple(tf.numpy_function(read, [number + index], tf.int64) for index in range(8))

    for start, element in enumerate(sequential_map(tf.data.Dataset.range(20), make)):
        numbers, threads = np.transpose([value.numpy() for value in element])
        np.testing.assert_array_equal(numbers, start + np.arange(8))
        assert len(set(threads)) == 1


def test_an_error_ends_the_iteration_with_its_text():
    def fail(number):
        raise OSError(f"number {number}")

    mapped = sequential_map(tf.data.Dataset.range(3), lambda number: tf.numpy_function(fail, [number], tf.int64))
    with pytest.raises(tf.errors.UnknownError, match="number 0"):
        list(mapped)
