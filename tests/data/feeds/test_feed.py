"""Batches of a feed, against indexing by NumPy."""

import gc

import numpy as np
import pytest
import tensorflow as tf

from kpipe.data.feeds.batch_starts import batch_starts
from kpipe.data.feeds.feed import Feed
from kpipe.data.feeds.sample_spec import SampleSpec
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.feeds.worker_errors import WorkerErrors
from kpipe.errors import DataError

X = np.arange(14, dtype="float32").reshape(7, 2)
Y = np.arange(7) * 10
ORDER, STARTS = np.array([6, 0, 3, 1, 5]), np.array([0, 2, 4, 5])

SHUFFLED, FIRSTS = np.random.default_rng(0).permutation(11), batch_starts(11, 3)
BATCHES = [SHUFFLED[first : first + 3].tolist() for first in (0, 3, 6, 9)]


@pytest.mark.parametrize("first_step", [0, 1])
@pytest.mark.parametrize("epoch", [None, 3])
def test_batches_are_the_samples_in_the_order_from_memory_and_as_they_are_read(first_step, epoch):
    requests = {}

    def read(request):
        requests[int(request.indices[0])] = request
        return {"x": X[request.indices]}

    specs = {"x": SampleSpec((2,), "float32")}
    feed = Feed(2, {"y": tf.constant(Y)}, specs, read, lambda values: values, WorkerErrors(), readers=2)
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


def test_a_tensor_may_have_rows_of_some_samples_only():
    rows = np.array([9, 2, 9, 0, 9, 1, 3])
    tensors = {"y": tf.constant(Y), "some": tf.constant(Y[[3, 5, 1, 6]])}
    feed = Feed(
        2, tensors, {}, lambda request: {}, lambda values: values, WorkerErrors(), rows={"some": tf.constant(rows)}
    )
    order = np.array([6, 3, 1, 5])
    for batch in feed.batches(order, np.array([0, 2, 4]), 0).as_numpy_iterator():
        np.testing.assert_array_equal(batch["some"], batch["y"])


def squares(read=lambda request: {"square": request.indices**2}, waiting=None, readers=None):
    """A feed of numbers and their squares, which are read."""
    numbers = {"number": tf.range(11, dtype=tf.int64)}
    specs = {"square": SampleSpec((), "int64")}
    errors = WorkerErrors()
    assemble = lambda values: (values["number"], values["square"])  # noqa: E731
    return Feed(3, numbers, specs, read, assemble, errors, waiting, readers), errors


def listed(dataset):
    found = [(number.numpy().tolist(), square.numpy().tolist()) for number, square in dataset]
    assert all(square == [number**2 for number in numbers] for numbers, square in found)
    return [numbers for numbers, _ in found]


def test_iterators_of_one_dataset_do_not_disturb_each_other():
    feed, _ = squares()
    dataset = feed.batches(SHUFFLED, FIRSTS, 1)
    abandoned = iter(dataset)
    assert next(abandoned)[0].numpy().tolist() == BATCHES[1]
    assert listed(dataset) == BATCHES[1:]
    assert listed(dataset) == BATCHES[1:]
    assert next(abandoned)[0].numpy().tolist() == BATCHES[2]


def test_epochs_can_be_read_in_turn_and_are_removed_with_their_datasets():
    feed, _ = squares()
    datasets = [feed.batches(order, FIRSTS, 0, order, epoch) for epoch, order in enumerate((SHUFFLED, SHUFFLED[::-1]))]
    pairs = list(zip(*datasets, strict=True))
    assert [first[0].numpy().tolist() for first, _ in pairs] == BATCHES
    assert [second[0].numpy().tolist() for _, second in pairs] == [
        SHUFFLED[::-1][first : first + 3].tolist() for first in (0, 3, 6, 9)
    ]
    iterator = iter(datasets.pop())
    del datasets, pairs
    gc.collect()
    assert len(feed._epochs) == 1
    assert len(listed(iterator)) == 4
    del iterator
    gc.collect()
    assert not feed._epochs


def test_requests_have_the_places_and_the_epoch():
    requests = []

    def read(request):
        requests.append(request)
        return {"square": request.indices**2}

    feed, _ = squares(read, readers=2)
    listed(feed.batches(SHUFFLED, FIRSTS, 2, np.arange(11), epoch=4))
    listed(feed.batches(SHUFFLED, FIRSTS, 3))
    found = sorted((request.epoch, request.indices.tolist(), request.places) for request in requests[2:])
    assert found == [(0, BATCHES[3], None)]
    trained = sorted((request.places.tolist(), request.indices.tolist()) for request in requests[:2])
    assert trained == [([6, 7, 8], BATCHES[2]), ([9, 10], BATCHES[3])]
    assert {request.epoch for request in requests[:2]} == {4}


def test_an_error_is_that_of_the_first_batch_that_cannot_be_read():
    def read(request):
        if SHUFFLED[4] in request.indices or SHUFFLED[10] in request.indices:
            raise DataError(f"{request.indices.tolist()} cannot be read")
        return {"square": request.indices**2}

    feed, errors = squares(read)
    seen = []
    with pytest.raises(DataError) as raised, errors.raised():
        seen.extend(number.numpy().tolist() for number, _ in feed.batches(SHUFFLED, FIRSTS, 0))
    assert str(raised.value) == f"{BATCHES[1]} cannot be read"
    assert seen == BATCHES[:1]


def test_waiting_is_measured_if_samples_are_read():
    class Counted(Waiting):
        count = 0

        def add(self, seconds):
            assert seconds >= 0
            self.count += 1

    waiting = Counted()
    feed, _ = squares(waiting=waiting)
    listed(feed.batches(SHUFFLED, FIRSTS, 1))
    assert waiting.count == 3
    listed(feed.batches(SHUFFLED, FIRSTS, 1, is_measured=False))
    assert waiting.count == 3
    held = Feed(3, {"x": tf.range(11)}, {}, dict, lambda values: values, WorkerErrors(), waiting)
    assert held.waiting is None


@pytest.mark.parametrize("first_step", [0, 2])
def test_small_batches_are_read_together(first_step):
    requests = []

    def read(request):
        requests.append((request.indices.tolist(), request.places.tolist(), request.epoch))
        return {"square": request.indices**2}

    feed, _ = squares(read)
    found = listed(feed.batches(SHUFFLED, FIRSTS, first_step, places=SHUFFLED + 100, epoch=4))
    assert found == BATCHES[first_step:]
    samples = SHUFFLED[FIRSTS[first_step] :].tolist()
    assert requests == [(samples, [sample + 100 for sample in samples], 4)]
