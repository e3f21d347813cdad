"""Tests of the number of equal numbers that is expected by chance, against the numbers in independent draws."""

import numpy as np
import pytest

from kpipe.data.checks.expected_ties import expected_ties

DRAWS = {
    "integers": lambda rng: rng.integers(0, 100, 1000),
    "every second integer": lambda rng: 2 * rng.integers(0, 100, 1000),
    "affine": lambda rng: (rng.integers(0, 100, 1000) - 49.3) / 28.87,
    "tenths": lambda rng: rng.normal(170, 10, 1000).round(1),
    "float32 tenths": lambda rng: rng.normal(170, 10, 1000).round(1).astype(np.float32),
    "cents": lambda rng: rng.lognormal(4, 1, 3000).round(2),
    "codes": lambda rng: rng.integers(10000, 99999, 60)[rng.integers(0, 60, 500)],
}


def pairs(values):
    counts = np.unique(values, return_counts=True)[1]
    return (counts * (counts - 1) // 2).sum()


@pytest.mark.parametrize("name", DRAWS)
def test_independent_draws_agree_as_often(name):
    draws = [DRAWS[name](np.random.default_rng(seed)) for seed in range(20)]
    ratio = np.mean([expected_ties(values) for values in draws]) / np.mean([pairs(values) for values in draws])
    assert 0.8 < ratio < 1.3


@pytest.mark.parametrize("copies", [2, 3])
def test_copies_are_not_expected(copies):
    values = np.random.default_rng(0).choice(990000, 600, replace=False)
    # 600 of about a million integers: 0.18 pairs, and those of the copies among them.
    assert expected_ties(np.repeat(values, copies)) < 0.3 * copies**2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_frequent_values_of_real_numbers_have_few_digits(dtype):
    values = np.random.default_rng(0).normal(size=1000).astype(dtype)
    values[:300] = values[300]
    assert expected_ties(values) < 0.1
    values[:300] = 0
    values[300:310] = 0.05
    assert expected_ties(values) == 300 * 299 // 2 + 45


def test_values_that_are_not_finite_are_skipped():
    values = np.random.default_rng(0).integers(0, 50, 400).astype(float)
    assert expected_ties(np.concatenate([values, [np.nan, np.inf, -np.inf]])) == expected_ties(values)
    assert expected_ties(np.full(3, np.nan)) == 0
    assert expected_ties(np.ones(4)) == 6
