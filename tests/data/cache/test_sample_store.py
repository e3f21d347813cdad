import pickle

import numpy as np
import pytest
from golden import raises

from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.dataset import Column
from kpipe.data.encoding.table_coding import TableCoding
from kpipe.data.images.image_file import ImageInfo
from kpipe.data.prepare.resize import Resize
from kpipe.data.reader import Reader
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.image_set import ImageSet
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.data.workers.worker_pool import WorkerPool
from kpipe.errors import ArgumentError, DataError


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(9, 3)).astype("float32")


def test_arrays_are_kept_in_memory_if_they_fit(values):
    dataset = ArrayDataset({"x": {"train": values[:6], "test": values[6:]}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
    assert store.mode == "memory"
    assert store.kept_bytes == values.nbytes
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
    assert (store.mode, store.arrays(), store.kept_bytes) == ("none", None, 0)
    assert np.array_equal(store.read_input("x", np.array([8]))[0], values[8])


def test_a_change_of_what_was_read_does_not_change_what_is_kept(values):
    dataset = ArrayDataset({"x": {"train": values}}, {}, {})
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
    store.load()
    store.read(np.array([2]))["x"][...] = 0
    assert np.array_equal(store.arrays()["x"], values)


def on_disk(dataset, folder, resizes=None, parts=None, cache="disk", memory=0.0):
    reader = Reader(dataset, resizes or {}, {})
    return SampleStore(reader, parts or dataset.parts, memory, cache, folder)


def decoded(monkeypatch):
    """The paths of the images that are decoded from now on."""
    paths = []
    read = ImageSet._read

    def listed(self, index):
        paths.append(self.paths[index])
        return read(self, index)

    monkeypatch.setattr(ImageSet, "_read", listed)
    return paths


def test_images_on_disk_are_decoded_once_by_all_runs(photos, opened, tmp_path, monkeypatch):
    dataset = opened(photos)
    expected = dataset.read(np.arange(10))["image"]
    paths = decoded(monkeypatch)
    lines = []
    store = on_disk(dataset, tmp_path / "samples")
    store.load(lines.append)
    assert (store.mode, len(paths)) == ("disk", 10)
    assert f"10 decoded samples to the cache in {tmp_path / 'samples'}" in lines[0]
    # Another part of the same data, in another run.
    other = on_disk(opened(photos), tmp_path / "samples", parts={"train": np.array([6, 2])})
    other.load(lines.append)
    for kept in (store, other, pickle.loads(pickle.dumps(other))):
        assert np.array_equal(kept.read(np.array([6, 2, 6]))["image"], expected[[6, 2, 6]])
    assert (len(paths), len(lines)) == (10, 1)


def test_what_is_kept_is_pickled_without_the_reader(photos, opened, tmp_path):
    for cache, memory in (("disk", 0.0), ("memory", 1.0)):
        store = on_disk(opened(photos), tmp_path / "samples", cache=cache, memory=memory)
        assert pickle.loads(pickle.dumps(store)).reader is not None
        store.load()
        assert pickle.loads(pickle.dumps(store)).reader is None


@pytest.mark.slow
def test_workers_map_what_is_kept(photos, opened, tmp_path):
    dataset = opened(photos)
    for cache in ("disk", "none"):
        store = on_disk(dataset, tmp_path / "samples", cache=cache)
        store.load()
        with WorkerPool(store.read, {"image": ((4, 5, 3), "uint8")}, batch_size=3, workers=1) as pool:
            read = pool.call(np.array([9, 0, 4]))["image"]
        assert np.array_equal(read, dataset.read(np.array([9, 0, 4]))["image"])


class RawReader:
    """Reads images as they are, of any size."""

    def __init__(self, dataset):
        self.dataset, self.inputs, self.read = dataset, dataset.inputs, dataset.read
        self.forms = {name: (entry.shape, entry.dtype) for name, entry in dataset.inputs.items()}

    def identity(self, name):
        return {}

    def whole_arrays(self):
        return None

    def whole_tables(self, chunks):
        return None


@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_images_of_differing_sizes(photos, opened, image_bytes, tmp_path, cache):
    (photos / "a" / "0.png").write_bytes(image_bytes(np.full((7, 2, 3), 9)))
    dataset = opened(photos)
    store = SampleStore(RawReader(dataset), dataset.parts, 1.0, cache, tmp_path / "samples")
    store.load()
    indices = np.array([3, 0, 0, 9])
    for found, expected in zip(store.read(indices)["image"], dataset.read(indices)["image"], strict=True):
        assert np.array_equal(found, expected)
    assert store.arrays() is None


def test_what_changes_the_samples_changes_the_cache(photos, opened, image_bytes, tmp_path):
    def caches():
        return sorted(path.name for path in (tmp_path / "samples").iterdir())

    def load(**options):
        store = on_disk(opened(photos), tmp_path / "samples", **options)
        store.load()
        return store

    load()
    load(parts={"train": np.arange(5)})
    assert len(caches()) == 1
    size = {"height": 2, "width": 2}
    assert load(resizes={"image": Resize(**size)}).read(np.array([0]))["image"].shape == (1, 2, 2, 3)
    load(resizes={"image": Resize(**size, fill_value=1.0)})
    assert len(caches()) == 3
    (photos / "a" / "0.png").write_bytes(image_bytes(np.full((4, 5, 3), 200)))
    assert load().read(np.array([0]))["image"].max() == 200
    assert len(caches()) == 4


def test_a_single_pass_writes_no_cache_but_uses_one(photos, opened, tmp_path, monkeypatch):
    store = on_disk(opened(photos), tmp_path / "samples")
    store.load(write=False)
    assert not (tmp_path / "samples").exists()
    assert store.read(np.array([1]))["image"].shape == (1, 4, 5, 3)
    on_disk(opened(photos), tmp_path / "samples").load()
    store.load(write=False)
    paths = decoded(monkeypatch)
    store.read(np.arange(10))
    assert paths == []


def test_tables_beside_images_stay_in_memory(photos, tmp_path, monkeypatch):
    files = sorted(photos.rglob("*.png"))
    checked = ImageSet(files, [ImageInfo(4, 5, 3)] * 10, "auto")
    columns = (Column("area", "numeric"), Column("kind", "categorical"))
    kinds = np.array(list("ababababab"), object)[:, np.newaxis]
    areas = np.arange(10.0)[:, np.newaxis]
    parts = {"train": np.arange(10)}
    dataset = TableDataset(columns, areas, kinds, {"photo": checked, "other": checked}, {}, {}, parts)
    coding = TableCoding(dataset.inputs["table"], {"kind": ("a", "b")})
    reader = Reader(dataset, {"other": Resize(height=2, width=2)}, {"table": coding})
    expected = reader.read(np.arange(10))
    store = SampleStore(reader, parts, 0.0, "disk", tmp_path / "samples")
    store.load()
    paths = decoded(monkeypatch)
    again = SampleStore(reader, parts, 0.0, "disk", tmp_path / "samples")
    again.load()
    for kept in (store, again):
        read = kept.read(np.array([8, 1]))
        assert read.keys() == expected.keys()
        assert all(np.array_equal(read[name], values[[8, 1]]) for name, values in expected.items())
    assert paths == []


@pytest.mark.parametrize("last", [1.0, 1e39])
def test_numbers_of_a_table_are_not_copied(last):
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    numbers = np.array([[0.1, 2.0], [3.0, 4.0], [5.0, last]])
    parts = {"train": np.arange(3)}
    dataset = TableDataset(columns, numbers, np.empty((3, 0), object), {}, {}, {}, parts)
    reader = Reader(dataset, {}, {"table": TableCoding(dataset.inputs["table"])})
    # A sample that no part contains may have any value.
    store = SampleStore(reader, {"train": np.array([1, 0])})
    store.load()
    assert np.shares_memory(store.arrays()["table"], dataset.float32_table("table"))
    np.testing.assert_array_equal(store.arrays()["table"], numbers[:2].astype(np.float32))
    if last > 1e38:
        with raises(DataError):
            SampleStore(reader, {"train": np.arange(3)}).load()


def test_auto_chooses_memory_then_disk_then_nothing(photos, opened, values, tmp_path, monkeypatch):
    folder = tmp_path / "samples"
    assert on_disk(opened(photos), folder, cache="auto", memory=1.0).mode == "memory"
    arrays = ArrayDataset({"x": {"train": values}}, {}, {})
    assert on_disk(arrays, folder, cache="auto").mode == "none"
    store = on_disk(opened(photos), folder, cache="auto")
    store.load()
    assert (store.mode, len(list(folder.iterdir()))) == ("disk", 1)
    monkeypatch.setattr("kpipe.data.cache.cache_space._free", lambda folder: 599)
    lines = []
    full = on_disk(opened(photos), tmp_path / "other", cache="auto")
    full.load(lines.append)
    assert (full.mode, list((tmp_path / "other").iterdir())) == ("none", [])
    assert f"{tmp_path / 'other'} has too little space" in lines[0]
    (tmp_path / "file").write_text("")
    lines.clear()
    unwritable = on_disk(opened(photos), tmp_path / "file", cache="auto")
    unwritable.load(lines.append)
    assert (unwritable.mode, unwritable.read(np.array([0]))["image"].shape) == ("none", (1, 4, 5, 3))
    assert f"{tmp_path / 'file'} cannot be written" in lines[0]


def test_demands_that_cannot_be_met(photos, opened, values, tmp_path):
    with raises(ArgumentError):
        on_disk(opened(photos), tmp_path, cache="memory", memory=1e-7)
    with raises(ArgumentError):
        on_disk(ArrayDataset({"x": {"train": values}}, {}, {}), tmp_path)


def test_a_damaged_image_leaves_no_cache(photos, opened, tmp_path):
    dataset = opened(photos)
    (photos / "b" / "3.png").unlink()
    with pytest.raises(DataError, match=r"3\.png"):
        on_disk(dataset, tmp_path / "samples").load()
    assert list((tmp_path / "samples").iterdir()) == []
