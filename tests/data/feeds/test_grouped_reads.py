"""Batches that are read several at once, against batches that are read one by one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kpipe.data.feeds.grouped_reads import GroupedReads

VALUES = np.arange(23)
#: Batches of different sizes.
STARTS = [0, 4, 8, 11, 15, 19, 22, 23]


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def reads(threads, size, parts=None, depth=1, fails=()):
    def read(part):
        if parts is not None:
            parts.append((part.start, part.stop))
        for value in VALUES[part]:
            if value in fails:
                raise OSError(f"value {value}")
        return [VALUES[part], -VALUES[part]]

    return GroupedReads(read, STARTS, size, depth, threads)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 99])
@pytest.mark.parametrize("steps", [range(7), range(4, 7), [0, 0, 6, 2, 5, 1, 1, 3]])
def test_batches_are_the_same_in_any_order(threads, size, steps):
    found = reads(threads, size)
    for step in steps:
        expected = VALUES[STARTS[step] : STARTS[step + 1]]
        for values, sign in zip(found.take(step), (1, -1), strict=True):
            np.testing.assert_array_equal(values, sign * expected)


def test_each_group_is_read_once(threads):
    parts = []
    found = reads(threads, 3, parts)
    for step in range(7):
        found.take(step)
    assert sorted(parts) == [(0, 11), (11, 22), (22, 23)]


@pytest.mark.parametrize("size", [1, 2, 4, 7])
def test_an_error_is_that_of_its_batch_alone(threads, size):
    found = reads(threads, size, fails=[9, 10])
    for step in range(7):
        if step == 2:
            with pytest.raises(OSError, match="value 9"):
                found.take(step)
        else:
            assert found.take(step)[0].tolist() == VALUES[STARTS[step] : STARTS[step + 1]].tolist()


def test_several_threads_request_the_batches_of_one_group(threads):
    found = reads(threads, 4)
    taken = {}
    several = [threading.Thread(target=lambda step=step: taken.update({step: found.take(step)})) for step in range(7)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert {step: values[0].tolist() for step, values in taken.items()} == {
        step: VALUES[STARTS[step] : STARTS[step + 1]].tolist() for step in range(7)
    }


@pytest.mark.parametrize("first_step", range(7))
@pytest.mark.parametrize("size", [1, 2, 3, 99])
def test_no_batch_before_the_first_step_is_read(threads, size, first_step):
    parts = []
    found = GroupedReads(lambda part: parts.append(part.start) or [VALUES[part]], STARTS, size, 1, threads, first_step)
    for step in range(first_step, 7):
        assert found.take(step)[0].tolist() == VALUES[STARTS[step] : STARTS[step + 1]].tolist()
    assert min(parts) == STARTS[first_step]
