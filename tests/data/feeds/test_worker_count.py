"""Tests of the number of data processes."""

import pytest
from golden import expect_message

from kpipe.data.feeds import worker_count as module
from kpipe.data.feeds.worker_count import MAX_WORKERS, worker_count


def test_a_number_is_used_as_it_is(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert worker_count(0, augments=True, has_gpu=True) == (0, "")
    assert worker_count(5, augments=False, has_gpu=False) == (5, "")


def test_more_processes_than_cores_are_reported(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 2)
    assert worker_count(2, augments=True, has_gpu=True) == (2, "")
    count, line = worker_count(64, augments=True, has_gpu=True)
    assert count == 64
    expect_message(line)


@pytest.mark.parametrize(
    ("available", "has_gpu", "expected", "line"),
    [
        (1, False, 1, "in 1 process, without a core to spare: the training uses all 1 core"),
        (2, False, 1, "in 1 process, without a core to spare: the training uses all 2 cores"),
        (8, False, 4, "in 4 processes, without a core to spare: the training uses all 8 cores"),
        (4, True, 3, "in 3 processes, with 3 cores to spare"),
        (64, True, MAX_WORKERS, "in 8 processes, with 63 cores to spare"),
    ],
)
def test_auto_says_what_it_does(monkeypatch, available, has_gpu, expected, line):
    monkeypatch.setattr(module, "cores", lambda: available)
    assert worker_count("auto", augments=True, has_gpu=has_gpu) == (
        expected,
        f"data.workers: auto augments images {line}",
    )
    assert worker_count("auto", augments=False, has_gpu=has_gpu) == (0, "")
