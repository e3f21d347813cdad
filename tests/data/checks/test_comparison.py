"""Tests of the comparison of samples, and of what later runs remember of it."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.checks import comparison as module
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.comparison import comparison
from kpipe.data.checks.remembered_arrays import RememberedArrays
from kpipe.data.reader import Reader
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.image_set import ImageSet
from tests.data.checks.samples import of_arrays, textured


@pytest.fixture
def remembered(tmp_path):
    return RememberedArrays(tmp_path / "remembered")


@pytest.fixture
def decoded(monkeypatch):
    """The number of images that are decoded from files."""
    counts = []
    original = ImageSet.read

    def read(self, indices):
        counts.append(len(indices))
        return original(self, indices)

    monkeypatch.setattr(ImageSet, "read", read)
    return counts


@pytest.fixture
def folder(tmp_path, context):
    images = textured(20, 40)
    images[12] = images[3, :, ::-1]
    for index, image in enumerate(images):
        path = tmp_path / ("train" if index < 10 else "test") / "ab"[index % 2] / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return lambda: ImageFolder(tmp_path / "train", tmp_path / "test").open(context)


def pairs(found):
    return list(zip(found.near.first.tolist(), found.near.second.tolist(), found.near.mirrored.tolist(), strict=True))


def equal(one, other):
    np.testing.assert_array_equal(one.signatures.digests, other.signatures.digests)
    np.testing.assert_array_equal(one.signatures.constant, other.signatures.constant)
    assert pairs(one) == pairs(other)


def names(dataset, found):
    return [dataset.files()[index][1].stem for pair in pairs(found) for index in pair[:2]]


def test_files_are_read_once_and_never_again_until_they_change(folder, remembered, decoded):
    first = comparison(CheckedSamples.of_dataset(folder()), remembered)
    assert (names(folder(), first), sum(decoded)) == (["03", "12"], 20)
    decoded.clear()
    again = comparison(CheckedSamples.of_dataset(folder()), remembered)
    equal(first, again)
    assert decoded == []
    path = folder().files()[0][1]
    Image.fromarray(textured(1, 40, seed=1)[0]).save(path)
    changed = comparison(CheckedSamples.of_dataset(folder()), remembered)
    assert sum(decoded) == 20
    assert (changed.signatures.digests != first.signatures.digests).tolist() == [True] + [False] * 19


def test_samples_in_memory_are_not_decoded_again(folder, remembered, decoded, monkeypatch):
    dataset = folder()
    store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
    store.load()
    decoded.clear()
    samples = CheckedSamples(dataset, dataset.parts, store)
    first = comparison(samples, remembered)
    monkeypatch.setattr(module, "near_pairs", None)
    equal(first, comparison(samples, remembered))
    assert decoded == []
    assert names(dataset, first) == ["03", "12"]


def test_other_splits_share_what_is_remembered(remembered, monkeypatch):
    images = textured(20, 40)
    images[15] = images[2, :, ::-1]
    first = comparison(of_arrays(images[:10], images[10:]), remembered)
    monkeypatch.setattr(module, "near_pairs", None)
    equal(first, comparison(of_arrays(images[:18], images[18:]), remembered))


def test_a_damaged_entry_is_computed_again(remembered):
    images = textured(20, 40)
    images[15] = images[2]
    samples = of_arrays(images[:10], images[10:])
    first = comparison(samples, remembered)
    (file,) = remembered.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    equal(first, comparison(samples, remembered))
    assert pairs(first) == [(2, 15, False)]


def test_only_images_of_at_least_32_pixels_are_compared(remembered):
    images = textured(10, 31)
    assert comparison(of_arrays(images[:5], images[5:]), remembered).near is None
    assert comparison(of_arrays(np.eye(4), np.eye(4)), remembered).near is None
    assert not remembered.folder.exists()


def test_the_same_in_any_number_of_threads(remembered, tmp_path, monkeypatch):
    images = textured(30, 40)
    images[20:25] = images[:5, :, ::-1]
    samples = of_arrays(images[:15], images[15:])
    monkeypatch.setattr("kpipe.data.cache.sample_store.CHUNK_SAMPLES", 7)
    first = comparison(samples, remembered)
    monkeypatch.setenv("KPIPE_CORES", "1")
    equal(first, comparison(dataclasses.replace(samples), RememberedArrays(tmp_path / "other")))
    assert len(pairs(first)) == 5
