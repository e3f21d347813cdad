"""Tests of pairs of near hashes against a comparison of all pairs."""

import itertools

import numpy as np

from kpipe.data.checks import hamming_pairs as module
from kpipe.data.checks.hamming_pairs import DISTANCE, hamming_pairs


def found(hashes):
    return {tuple(sorted(pair)) for one, other in hamming_pairs(hashes) for pair in zip(one, other, strict=True)}


def test_pairs_are_those_of_a_comparison_of_all():
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 40, np.uint64)
    flipped = []
    for value in hashes.tolist():
        for count in (0, 1, 3, 4, 5, 6):
            flipped.append(value ^ sum(1 << int(bit) for bit in rng.choice(64, count, replace=False)))
    every = np.array([*hashes.tolist(), *flipped], np.uint64)
    expected = {
        (i, j)
        for i, j in itertools.combinations(range(len(every)), 2)
        if int(every[i] ^ every[j]).bit_count() <= DISTANCE
    }
    assert found(every) == expected


def test_few_hashes():
    for count in range(3):
        assert len(found(np.zeros(count, np.uint64))) == count // 2


def test_the_comparisons_of_many_equal_hashes_are_limited(monkeypatch):
    monkeypatch.setattr(module, "MOST_COMPARISONS", 5000)
    assert 5000 <= len(found(np.zeros(1500, np.uint64))) <= 5000 + 1500
