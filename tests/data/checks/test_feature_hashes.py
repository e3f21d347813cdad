"""Tests of the hashes of features against SplitMix64 and against comparisons of the values."""

import numpy as np
import pytest

from kpipe.data.checks.feature_hashes import FeatureHashes, mixed


def test_finalizer_is_that_of_splitmix64():
    # The first outputs of the reference implementation with the seed 0.
    states = (np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    assert [hex(value) for value in mixed(states).tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_arguments_are_not_changed():
    values = np.arange(3, dtype=np.uint64)
    mixed(values)
    assert values.tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8", "int64", "bool"])
def test_sums_are_equal_only_for_equal_rows(dtype):
    rows = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 3, (200, 4)).astype(dtype)
    sums = FeatureHashes().of(rows).sum(axis=1)
    for first in range(len(rows)):
        np.testing.assert_array_equal(sums == sums[first], (rows == rows[first]).all(axis=1))


def test_exchanged_columns_differ():
    first, second = FeatureHashes().of(np.array([[1, 2], [2, 1]])).sum(axis=1)
    assert first != second


def test_zeros_and_missing_values_are_equal():
    missing = np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)
    for pair in ([0.0, -0.0], missing):
        first, second = FeatureHashes().of(np.array(pair)[:, None])[:, 0]
        assert first == second


def test_categories_are_the_same_in_all_chunks():
    hashes = FeatureHashes()
    rows = [{"numeric": np.zeros((2, 1)), "categorical": np.array([[name], ["b"]], object)} for name in ("a", "c")]
    first, second = (hashes.of(chunk).sum(axis=1) for chunk in rows)
    assert first[1] == second[1]
    assert len({*first.tolist(), *second.tolist()}) == 3
