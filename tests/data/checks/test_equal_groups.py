"""Tests of groups of equal digests against a dictionary."""

from collections import defaultdict

import numpy as np

from kpipe.data.checks.equal_groups import equal_groups


def test_groups_are_those_of_a_dictionary():
    digests = np.random.default_rng(0).integers(0, 60, 100).astype(np.uint64)
    groups = defaultdict(list)
    for position, digest in enumerate(digests.tolist()):
        groups[digest].append(position)
    expected = sorted(group for group in groups.values() if len(group) > 1)
    assert [group.tolist() for group in equal_groups(digests, np.ones(100, bool))] == expected


def test_nothing_to_compare():
    assert equal_groups(np.zeros(3, np.uint64), np.zeros(3, bool)) == []
    assert equal_groups(np.zeros(0, np.uint64), np.zeros(0, bool)) == []
