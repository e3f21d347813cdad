"""Tests of the number of equal rows that is expected by chance, on tables with and without copies."""

import itertools

import numpy as np
import pytest

from kpipe.data.checks.chance_matches import chance_matches, equal_pairs
from kpipe.data.checks.feature_hashes import FeatureHashes

RNG = np.random.default_rng(0)


def measured(table):
    columns = [np.asarray(column) for column in table] if isinstance(table, list) else list(np.asarray(table).T)
    numeric = [column for column in columns if column.dtype.kind != "U"]
    categorical = [column for column in columns if column.dtype.kind == "U"]
    empty = np.empty((0, len(columns[0])))
    rows = {"numeric": np.stack([*empty, *numeric], 1) if numeric else empty.T, "categorical": empty.T.astype(object)}
    if categorical:
        rows["categorical"] = np.stack(categorical, 1).astype(object)
    hashes = FeatureHashes().of(rows)
    numbers = np.concatenate([rows["numeric"], np.full(rows["categorical"].shape, np.nan)], axis=1).T
    total = hashes.sum(axis=1)
    return equal_pairs(total), chance_matches(total, lambda index: hashes[:, index], range(hashes.shape[1]), numbers)


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


INTEGERS = RNG.integers(0, 100, 400)
CITIES = RNG.integers(0, 60, 500)
RANKS = RNG.choice(60, 500, p=1 / np.arange(1, 61) / (1 / np.arange(1, 61)).sum())
CODES = RNG.integers(10000, 99999, 60)
NATURAL |= {
    "functions of one column": [INTEGERS, 2 * INTEGERS, INTEGERS % 7],
    "standardized": [(INTEGERS - INTEGERS.mean()) / INTEGERS.std()],
    "city, zip and state": [CITIES.astype(str), CODES[CITIES].astype(str), (CITIES % 10).astype(str)],
    "postal codes as numbers": [CITIES.astype(str), CODES[CITIES]],
    "frequent and rare codes": [CODES[RANKS], CODES[RANKS] % 7],
    "mostly zero": [(RNG.lognormal(5, 1, 600) * (RNG.random(600) < 0.3)).round()],
    "round numbers": [np.where(RNG.random(600) < 0.7, RNG.normal(34, 2, 600).round() * 5, RNG.normal(170, 10, 600))],
    "one rounded column": [RNG.normal(170, 10, 600).round(1)],
}


@pytest.mark.parametrize("name", NATURAL)
def test_natural_duplicates_are_expected(name):
    equal, chance = measured(NATURAL[name])
    assert 0 < equal < 1.5 * chance


def test_a_sum_of_columns_hides_no_pairs():
    first, second = RNG.integers(0, 100, (2, 2000))
    equal, chance = measured([first, second, first + second])
    # The sum and one term determine the row, and are dependent: their product is 2/3 of the expected pairs.
    assert 0 < equal < 2 * chance < 2 * equal


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 4])
def test_copies_of_real_numbers_are_not_expected(columns, dtype):
    table = RNG.normal(size=(500, columns)).astype(dtype)
    table[:20] = table[100:120]
    equal, chance = measured(table)
    assert equal == 20
    assert chance < 0.1


AGE, INCOME = RNG.integers(18, 80, 600), RNG.integers(10000, 999999, 600)
COPIED = {
    "every row twice": ([np.tile(AGE, 2), np.tile(INCOME, 2)], 600),
    "age and income": ([AGE, RNG.lognormal(10, 1, 600)], 300),
    "age and cents": ([AGE, RNG.lognormal(10, 1, 600).round(2)], 300),
    "three columns": ([AGE, INCOME, RNG.integers(0, 5, 600)], 60),
    "one column": ([RNG.normal(size=600)], 120),
    "one copy": ([AGE, RNG.normal(size=600)], 1),
    "rounded": ([AGE, RNG.normal(170, 10, 600).round(1), RNG.normal(75, 15, 600).round(1)], 60),
}


@pytest.mark.parametrize("name", COPIED)
def test_copies_in_few_columns_are_not_expected(name):
    columns, copies = COPIED[name]
    if len(columns[0]) == 600:
        columns = [np.concatenate([column[:-copies], column[:copies]]) for column in columns]
    equal, chance = measured(columns)
    assert equal >= copies
    assert equal > 3 * chance


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
    hashes = FeatureHashes().of(table)
    total = hashes.sum(axis=1)
    assert equal_pairs(total) == pairs.count(3)
    assert chance_matches(total, lambda index: hashes[:, index], range(3), table.T) == max(alone)
