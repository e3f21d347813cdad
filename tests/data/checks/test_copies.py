"""Tests of copies: found in images, arrays and tables of real numbers, and not where rows are equal by chance."""

import numpy as np
import pytest

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.copies import copies
from kpipe.data.checks.signatures import signatures
from kpipe.data.dataset import Column
from kpipe.data.sources.table_dataset import TableDataset
from tests.data.checks.samples import of_arrays, textured


def found(samples):
    return [group.tolist() for group in copies(samples, signatures(samples))]


@pytest.mark.parametrize("size", [8, 40])
def test_copies_of_images(size):
    images = textured(30, size)
    assert found(of_arrays(images, images[[4, 9]])) == [[4, 30], [9, 31]]


def test_black_images_are_not_copies():
    images = textured(10, 8)
    images[[2, 5]] = 0
    assert found(of_arrays(images[:5], images[5:])) == []


def test_one_different_pixel_is_enough():
    images = textured(2, 40)
    other = images[:1].copy()
    other[0, 39, 39, 2] ^= 1
    assert found(of_arrays(images, other)) == []


@pytest.mark.parametrize("shape", [(6,), (4, 3), (2000,)])
def test_copies_of_arrays(shape):
    values = np.random.default_rng(0).normal(size=(50, *shape))
    assert found(of_arrays(values, values[[3]])) == [[3, 50]]


def test_arrays_of_few_values_are_equal_by_chance():
    values = np.random.default_rng(0).integers(0, 3, (300, 4))
    assert found(of_arrays(values[:200], values[200:])) == []


def test_repeated_combinations_of_one_quantity_are_no_copies():
    celsius = np.random.default_rng(0).integers(0, 40, 1000) / 10
    values = np.stack([celsius, celsius * 1.8 + 32], axis=1)
    assert found(of_arrays(values[:900], values[900:])) == []


def table(numeric, categorical, parts):
    columns = [Column(f"n{index}", "numeric") for index in range(numeric.shape[1])]
    columns += [Column(f"c{index}", "categorical") for index in range(categorical.shape[1])]
    indices = {name: np.arange(*part) for name, part in parts.items()}
    return TableDataset(tuple(columns), numeric, categorical, {}, {}, {}, indices)


def test_rows_of_tables_agree_in_all_columns():
    rng = np.random.default_rng(0)
    numeric, categorical = rng.normal(size=(40, 2)), rng.choice(["a", "b"], (40, 1)).astype(object)
    numeric[30:35], categorical[30:35] = numeric[:5], categorical[:5]
    categorical[[4, 34]] = [["a"], ["b"]]
    dataset = table(numeric, categorical, {"train": (0, 30), "test": (30, 40)})
    assert found(CheckedSamples.of_dataset(dataset)) == [[index, 30 + index] for index in range(4)]
