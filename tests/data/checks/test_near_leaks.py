"""Tests of the messages about images that look like images of another part."""

import dataclasses

import numpy as np
from golden import expect_messages

from kpipe.data.checks.comparison import Comparison
from kpipe.data.checks.near_leaks import near_leaks
from kpipe.data.checks.near_pairs import NearPairs
from kpipe.data.checks.signatures import Signatures
from tests.data.checks.samples import of_arrays

SAMPLES = of_arrays(np.eye(10, 3), np.eye(10, 3))


def compared(pairs, digests=range(20)):
    first, second, mirrored = (np.array(column) for column in zip(*pairs, strict=True))
    near = NearPairs(first, second, mirrored.astype(bool))
    return Comparison(Signatures(np.array(digests, np.uint64), np.zeros(20, bool)), near)


def test_each_two_parts_are_compared():
    pairs = [(0, 1, 0), (2, 10, 0), (3, 11, 1), (3, 13, 0), (11, 13, 1), (4, 15, 1), (5, 16, 0)]
    found = list(near_leaks(SAMPLES, compared(pairs)))
    assert [(finding.name, finding.level, finding.samples) for finding in found] == [
        ("near_leak", "warning", (10, 11, 13, 15, 16))
    ]
    parts = {"train": np.arange(10), "validation": np.arange(10, 12), "test": np.arange(12, 20)}
    several = list(near_leaks(dataclasses.replace(SAMPLES, parts=parts), compared(pairs)))
    assert [finding.samples for finding in several] == [(10, 11), (13, 15, 16), (13,)]
    expect_messages([finding.message for finding in (*found, *several)])


def test_equal_samples_are_no_near_leaks():
    digests = [*range(10), 2, *range(11, 20)]
    assert list(near_leaks(SAMPLES, compared([(2, 10, 0), (3, 10, 0)], digests))) == []
    (finding,) = near_leaks(SAMPLES, compared([(2, 10, 0), (3, 11, 0)], digests))
    assert finding.samples == (11,)
