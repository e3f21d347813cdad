"""Tests of the number of equal rows that is expected by chance, on tables with and without copies."""

import itertools

import numpy as np
import pytest

from kpipe.data.checks.chance_matches import chance_matches, equal_pairs
from kpipe.data.checks.feature_hashes import FeatureHashes

RNG = np.random.default_rng(0)


def measured(table):
    hashes = FeatureHashes().of(np.asarray(table))
    total = hashes.sum(axis=1)
    return equal_pairs(total), chance_matches(total, lambda index: hashes[:, index], range(hashes.shape[1]))


def flags(count, columns, share):
    return RNG.random((count, columns)) < share


LATENT = RNG.normal(size=(3000, 1))
CELSIUS = RNG.normal(15, 8, 5000).round(1)
NATURAL = {
    "few integers": RNG.integers(0, 5, (1000, 3)),
    "rare flags": flags(2000, 10, 0.01),
    "frequent flags": flags(2000, 10, 0.5),
    "rounded": RNG.normal(size=(3000, 2)).round(1),
    "correlated": (LATENT * [5, 3, 8] + RNG.normal(0, 0.2, (3000, 3))).round(1),
    "two units": np.stack([CELSIUS, (CELSIUS * 1.8 + 32).round(2), RNG.integers(20, 100, 5000)], axis=1),
    "one-hot": np.concatenate([np.eye(6)[RNG.integers(0, 6, 2000)], RNG.integers(0, 40, (2000, 1))], axis=1),
}


@pytest.mark.parametrize("name", NATURAL)
def test_natural_duplicates_are_expected(name):
    equal, chance = measured(NATURAL[name])
    assert 0 < equal < 1.5 * chance


@pytest.mark.parametrize("columns", [1, 4])
def test_copies_of_real_numbers_are_not_expected(columns):
    table = RNG.normal(size=(500, columns))
    table[:20] = table[100:120]
    assert measured(table) == (20, 0 if columns > 1 else 500 * 499 // 2 - 20)


def test_pairs_are_those_of_a_comparison_of_all():
    table = RNG.integers(0, 4, (80, 3))
    pairs = [(table[i] == table[j]).sum() for i, j in itertools.combinations(range(80), 2)]
    alone = [
        sum(
            (table[i] == table[j]).sum() == 2 and table[i, column] != table[j, column]
            for i, j in itertools.combinations(range(80), 2)
        )
        for column in range(3)
    ]
    equal, chance = measured(table)
    assert (equal, chance) == (pairs.count(3), max(alone))
