"""Tests of results that are computed before they are requested."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kpipe.data.feeds.read_ahead import ReadAhead


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def counted(calls):
    def read(number):
        calls.append(number)
        return -number

    return read


def test_each_result_is_computed_once_if_numbers_follow_each_other(threads):
    calls = []
    ahead = ReadAhead(counted(calls), 7, depth=3, threads=threads)
    assert [ahead.take(number) for number in range(2, 7)] == [-2, -3, -4, -5, -6]
    assert sorted(calls) == [2, 3, 4, 5, 6]


def test_results_can_be_requested_in_any_order_and_again(threads):
    ahead = ReadAhead(counted([]), 7, depth=2, threads=threads)
    numbers = [0, 1, 0, 6, 3, 4, 4, 2, 6, 0]
    assert [ahead.take(number) for number in numbers] == [-number for number in numbers]


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_no_more_than_the_depth_is_computed_ahead(depth):
    calls = []
    with ThreadPoolExecutor(1) as threads:
        ahead = ReadAhead(counted(calls), 9, depth=depth, threads=threads)
        ahead.take(1)
    assert calls == list(range(1, 2 + depth))


def test_later_results_are_computed_while_an_earlier_one_is_awaited(threads):
    later = threading.Event()

    def read(number):
        if number == 0:
            assert later.wait(60)
        else:
            later.set()
        return number

    ahead = ReadAhead(read, 2, depth=1, threads=threads)
    assert [ahead.take(0), ahead.take(1)] == [0, 1]


def test_an_error_is_raised_where_its_result_is_requested(threads):
    def read(number):
        if number == 1:
            raise OSError("no. 1")
        return number

    ahead = ReadAhead(read, 3, depth=2, threads=threads)
    assert ahead.take(0) == 0
    with pytest.raises(OSError, match=r"no\. 1"):
        ahead.take(1)
    assert ahead.take(2) == 2
