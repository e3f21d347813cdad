import numpy as np
import pytest

from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.reader import Reader
from kpipe.data.sources.array_dataset import ArrayDataset


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(9, 3)).astype("float32")


def test_arrays_are_kept_in_memory_if_they_fit(values):
    dataset = ArrayDataset({"x": {"train": values[:6], "test": values[6:]}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
    assert store.mode == "memory"
    indices = np.array([7, 1, 1])
    assert np.array_equal(store.read(indices)["x"], values[indices])
    store.load()
    assert np.array_equal(store.read(indices)["x"], values[indices])
    assert np.array_equal(store.arrays()["x"], values)


def test_only_the_samples_up_to_the_last_one_used_are_kept(values):
    dataset = ArrayDataset({"x": {"train": values}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), {"train": np.arange(4)})
    store.load()
    assert np.array_equal(store.arrays()["x"], values[:4])


def test_more_than_the_memory_is_read_again(values):
    dataset = ArrayDataset({"x": {"train": values}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts, memory=0.0)
    store.load()
    assert (store.mode, store.arrays()) == ("none", None)
    assert np.array_equal(store.read_input("x", np.array([8]))[0], values[8])


def test_a_change_of_what_was_read_does_not_change_what_is_kept(values):
    dataset = ArrayDataset({"x": {"train": values}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
    store.load()
    store.read(np.array([2]))["x"][...] = 0
    assert np.array_equal(store.arrays()["x"], values)
