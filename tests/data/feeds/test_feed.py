"""Batches of a feed, against indexing by NumPy."""

import numpy as np
import pytest

from kpipe.data.feeds.feed import Feed
from kpipe.data.feeds.sample_spec import SampleSpec
from kpipe.data.feeds.worker_errors import WorkerErrors

X = np.arange(14, dtype="float32").reshape(7, 2)
Y = np.arange(7) * 10
ORDER, STARTS = np.array([6, 0, 3, 1, 5]), np.array([0, 2, 4, 5])


@pytest.mark.parametrize("first_step", [0, 1])
@pytest.mark.parametrize("epoch", [None, 3])
def test_batches_are_the_samples_in_the_order_from_memory_and_as_they_are_read(first_step, epoch):
    import tensorflow as tf

    requests = {}

    def read(request):
        requests[int(request.indices[0])] = request
        return {"x": X[request.indices]}

    feed = Feed(
        2, {"y": tf.constant(Y)}, {"x": SampleSpec((2,), "float32")}, read, lambda values: values, WorkerErrors()
    )
    for order in (ORDER, ORDER[::-1]):
        requests.clear()
        batches = feed.batches(order, STARTS, first_step, places=order + 100, epoch=epoch)
        parts = [order[a:b] for a, b in zip(STARTS[first_step:], STARTS[first_step + 1 :], strict=False)]
        found = list(batches.as_numpy_iterator())
        assert len(batches) == len(found) == len(parts)
        for batch, part in zip(found, parts, strict=True):
            np.testing.assert_array_equal(batch["x"], X[part])
            np.testing.assert_array_equal(batch["y"], Y[part])
            request = requests.pop(int(part[0]))
            if epoch is None:
                assert request.places is None
            else:
                assert request.epoch == epoch
                np.testing.assert_array_equal(request.places, part + 100)
        assert requests == {}
