"""Tests of the signatures of samples: the content, and nothing else, decides."""

import numpy as np
import pytest

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.signatures import signatures
from kpipe.data.sources.array_dataset import ArrayDataset
from tests.data.checks.samples import of_arrays, textured


def test_the_same_in_all_chunks_and_parts(monkeypatch):
    images = textured(60, 8)
    whole = signatures(of_arrays(images[:50], images[50:]))
    monkeypatch.setattr("kpipe.data.cache.sample_store.CHUNK_SAMPLES", 7)
    monkeypatch.setenv("KPIPE_CORES", "1")
    chunked = signatures(of_arrays(images[:20], images[20:]))
    np.testing.assert_array_equal(whole.digests, chunked.digests)
    assert len(set(whole.digests.tolist())) == 60


def test_constant_images_only():
    images = textured(3, 8)
    images[1] = 7
    assert signatures(of_arrays(images[:2], images[2:])).constant.tolist() == [False, True, False]
    assert not signatures(of_arrays(np.zeros((3, 5)), np.zeros((1, 5)))).constant.any()


def test_all_inputs_have_to_agree():
    x, z = np.eye(4), np.eye(4)[[0, 0, 2, 3]]
    dataset = ArrayDataset({"x": {"train": x[[0, 0, 1]]}, "z": {"train": z[[0, 1, 2]]}}, {}, {})
    first, second, _ = signatures(CheckedSamples.of_dataset(dataset)).digests
    assert first == second
    dataset = ArrayDataset({"x": {"train": x[:2]}, "z": {"train": x[1::-1]}}, {}, {})
    first, second = signatures(CheckedSamples.of_dataset(dataset)).digests
    assert first != second


@pytest.mark.parametrize("values", [10, 2000])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_arrays_are_told_apart_by_any_value(values, dtype):
    rows = np.zeros((values, values), dtype)
    rows[np.arange(values), np.arange(values)] = 1
    samples = of_arrays(rows, rows[:3])
    digests = signatures(samples).digests
    assert len(set(digests.tolist())) == values
    np.testing.assert_array_equal(digests[values:], digests[:3])
