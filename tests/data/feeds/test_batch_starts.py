import numpy as np
import pytest
from golden import raises

from kpipe.data.feeds.batch_starts import batch_starts
from kpipe.errors import ArgumentError

CASES = [(count, size) for count in (1, 5, 31, 32, 33, 64, 100) for size in (1, 3, 32, 100, 200)]


@pytest.mark.parametrize(("count", "size"), CASES)
def test_spread_batches_differ_by_one_at_most_and_are_never_larger(count, size):
    sizes = np.diff(batch_starts(count, size, "spread"))
    assert len(sizes) == -(-count // size)
    assert sizes.sum() == count
    assert sizes.max() <= size
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize(("count", "size"), CASES)
def test_kept_batches_are_full_but_for_the_last(count, size):
    sizes = np.diff(batch_starts(count, size)).tolist()
    assert sizes == [size] * (count // size) + [count % size] * (count % size > 0)


@pytest.mark.parametrize(("count", "size"), CASES)
def test_dropped_samples_leave_full_batches_or_an_error(count, size):
    if count >= size:
        assert np.diff(batch_starts(count, size, "drop")).tolist() == [size] * (count // size)
    else:
        with raises(ArgumentError) as caught:
            batch_starts(count, size, "drop")
        assert caught.value.argument == "last_batch"


def test_nothing_has_no_batch():
    assert [batch_starts(0, 4, rule).tolist() for rule in ("keep", "spread")] == [[0], [0]]
