"""Random images: what they are a function of, and that nothing in them tells the class."""

import tracemalloc

import numpy as np
import pytest
from golden import raises

import kpipe
from kpipe.data.sources.noise import Noise
from kpipe.data.splits.split import split
from kpipe.errors import ArgumentError


def test_it_has_what_it_was_asked_for(context):
    dataset = Noise([5, 7, 1], classes=3, train=8, validation=4, test=2).open(context)
    image, target = dataset.inputs["image"], dataset.targets["y"]
    assert (image.kind, image.shape, image.dtype) == ("image", (5, 7, 1), "uint8")
    assert (target.task, target.classes, target.shape) == ("classification", ("class 0", "class 1", "class 2"), ())
    assert {part: indices.tolist() for part, indices in dataset.parts.items()} == {
        "train": [0, 1, 2, 3, 4, 5, 6, 7],
        "validation": [8, 9, 10, 11],
        "test": [12, 13],
    }
    assert dataset.labels["y"].dtype == np.int64
    assert dataset.labels["y"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1, *[0, 1, 2, 0], *[0, 1]]
    assert dataset.arrays() is None and dataset.bad == []


def test_an_image_is_a_function_of_the_seed_and_its_number_alone(context):
    def images(*indices, **arguments):
        return Noise([4, 4, 3], **arguments).open(context).read(np.array(indices, np.int64))["image"]

    first = images(3, 0, 3)
    assert first.shape == (3, 4, 4, 3) and first.dtype == np.uint8
    assert np.array_equal(first[0], first[2]) and np.array_equal(first[[1, 0]], images(0, 3, train=5, classes=7))
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first, images(3, 0, 3, seed=1))
    assert images().shape == (0, 4, 4, 3)


def test_bytes_are_uniform_and_independent_of_the_class(context):
    dataset = Noise([16, 16, 3], classes=2, train=400, validation=0, test=0).open(context)
    images, labels = dataset.read(np.arange(400))["image"], dataset.labels["y"]
    counts = np.bincount(images.ravel(), minlength=256)
    # Chi-square of 255 degrees of freedom: 330.5 is passed by one generator in a thousand.
    assert np.sum((counts - images.size / 256) ** 2 / (images.size / 256)) < 330.5
    # The difference of two means of 153,600 bytes of variance (256^2 - 1)/12 has the deviation 0.267.
    assert abs(images[labels == 0].mean() - images[labels == 1].mean()) < 4 * 0.267


def test_a_million_images_take_no_memory_until_they_are_read(context):
    tracemalloc.start()
    dataset = Noise([224, 224, 3], classes=1000, train=1_000_000).open(context)
    dataset.read(np.array([999_999]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Two copies of a million int64 labels and as many indices; an image has 150,528 bytes.
    assert peak < 50 * 2**20


def test_parts_of_no_samples_are_shares_of_the_training_part(context):
    dataset = Noise([4, 4, 1], classes=2, train=40, validation=0, test=0).open(context)
    parts = split(dataset, validation=0.25, test=0.5, seed=0)
    assert {part: len(indices) for part, indices in parts.items()} == {"train": 15, "validation": 5, "test": 20}


@pytest.mark.slow
def test_with_more_classes_than_samples_it_trains_all_the_same(tmp_path):
    spec = tmp_path / "noise.yaml"
    spec.write_text(
        "name: noise\ndata: {source: {Noise: {shape: [4, 4, 1], classes: 50, train: 9, validation: 3, test: 3}}}\n"
        "model: [Flatten, Dense: {units: =classes}]\ntrain: {epochs: 1}\n"
    )
    assert kpipe.load(spec).run(tmp_path / "run").model.output.shape == (None, 50)


@pytest.mark.parametrize(
    "arguments",
    [
        {"shape": [4, 4]},
        {"shape": [4, 0, 3]},
        {"classes": 1},
        {"train": 0},
        {"validation": -1},
        {"test": -1},
        {"seed": -1},
        {"seed": 2**32},
    ],
)
def test_what_is_out_of_range_is_refused(arguments):
    with raises(ArgumentError):
        Noise(**arguments)
