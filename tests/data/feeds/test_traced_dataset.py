import logging

import tensorflow as tf

from kpipe.data.feeds.traced_dataset import TracedDataset


def test_datasets_of_other_tensors_are_made_by_one_trace():
    traces = []

    def make(values):
        traces.append(values)
        return tf.data.Dataset.from_tensor_slices(values).map(lambda value: value * 2)

    doubled = TracedDataset(make, [tf.TensorSpec([None], tf.int64)])
    for values in ([1, 2], [3, 4, 5], []):
        dataset = doubled(tf.constant(values, tf.int64))
        assert list(dataset.as_numpy_iterator()) == [2 * value for value in values]
    assert len(traces) == 1


def test_many_datasets_are_made_without_a_warning_about_traces(caplog):
    monitor = logging.getLogger("tensorflow")
    monitor.addHandler(caplog.handler)
    try:
        for size in range(1, 9):
            dataset = TracedDataset(lambda end: tf.data.Dataset.range(end), [tf.TensorSpec([], tf.int64)])
            assert len(list(dataset(tf.constant(size, tf.int64)))) == size
    finally:
        monitor.removeHandler(caplog.handler)
    assert caplog.text == ""
