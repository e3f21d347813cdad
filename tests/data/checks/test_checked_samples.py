"""Tests of the samples of large datasets that are checked."""

import dataclasses

import numpy as np
from PIL import Image

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.copies import copies
from kpipe.data.checks.signatures import signatures
from kpipe.data.sources.image_folder import ImageFolder
from tests.data.checks.samples import of_arrays, textured


def test_all_samples_by_default():
    samples = of_arrays(np.eye(5), np.eye(3, 5))
    np.testing.assert_array_equal(samples.indices, np.arange(8))


def test_a_sample_of_large_datasets_is_the_same_for_each_split():
    samples = of_arrays(np.eye(90, 4), np.eye(10, 4))
    few = dataclasses.replace(samples, most_bytes=20 * 16)
    assert len(few.indices) == 20
    other = dataclasses.replace(few, parts={"train": np.arange(5, 100), "test": np.arange(5)})
    np.testing.assert_array_equal(few.indices, other.indices)
    checked = len(few.part("train"))
    assert few.of_part(1, "train") == f"1 of {checked} samples compared, of 90 in all ({1 / checked:.2%}) is"


def test_both_copies_of_a_file_are_in_the_sample_or_neither(tmp_path, context):
    images = textured(100, 40)
    for index, image in enumerate(images):
        for part in ("train", "test")[: 1 + (index % 10 == 0)]:
            folder = tmp_path / part / "ab"[index % 2 == 0]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(folder / f"{index}.png")
    dataset = ImageFolder(tmp_path / "train", tmp_path / "test").open(context)
    all_samples = CheckedSamples.of_dataset(dataset)
    few = dataclasses.replace(all_samples, most_bytes=60 * 40 * 40 * 3)
    assert len(few.indices) == 60
    assert len(copies(all_samples, signatures(all_samples))) == 10
    files = [dataset.files()[index][1].name for index in few.indices]
    assert sum(files.count(f"{index}.png") == 2 for index in range(0, 100, 10)) >= 2
    assert sum(files.count(f"{index}.png") == 1 for index in range(0, 100, 10)) <= 1  # at the end of the last size


def test_at_most_some_samples_are_checked_however_small():
    samples = dataclasses.replace(of_arrays(np.eye(90, 4), np.eye(10, 4)), most_samples=30)
    assert len(samples.indices) == 30
