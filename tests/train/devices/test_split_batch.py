import numpy as np

from kpipe.train.devices.split_batch import split_batch


def test_the_parts_are_the_batch_in_its_order():
    batch = (np.arange(14).reshape(7, 2), {"y": np.arange(7)})
    parts = split_batch(batch, 7, 3)
    assert [size for _, size in parts] == [3, 2, 2]
    np.testing.assert_array_equal(np.concatenate([x for (x, _), _ in parts]), batch[0])
    np.testing.assert_array_equal(np.concatenate([y["y"] for (_, y), _ in parts]), batch[1]["y"])


def test_a_batch_with_fewer_samples_than_replicas_is_not_split():
    batch = (np.arange(2),)
    assert split_batch(batch, 2, 3) == [(batch, 2)] * 3
    assert [size for _, size in split_batch(batch, 2, 2)] == [1, 1]
