"""Tests of the messages about samples in several parts."""

import dataclasses

import numpy as np
from golden import expect_messages

from kpipe.data.checks.leaks import leaks
from tests.data.checks.samples import of_arrays

GROUPS = [np.array([0, 1, 10]), np.array([2, 11, 13]), np.array([3, 4]), np.array([5, 15]), np.array([6, 16])]


def test_each_two_parts_are_compared():
    samples = of_arrays(np.eye(10, 3), np.eye(10, 3))
    found = list(leaks(samples, GROUPS))
    assert [(finding.name, finding.level, finding.samples) for finding in found] == [
        ("leak", "warning", (10, 11, 13, 15, 16))
    ]
    parts = {"train": np.arange(10), "validation": np.arange(10, 12), "test": np.arange(12, 20)}
    several = list(leaks(dataclasses.replace(samples, parts=parts), GROUPS))
    assert [finding.samples for finding in several] == [(10, 11), (13, 15, 16), (13,)]
    expect_messages([finding.message for finding in (*found, *several)])


def test_copies_within_a_part_are_no_leak():
    assert list(leaks(of_arrays(np.eye(10, 3), np.eye(10, 3)), GROUPS[2:3])) == []
