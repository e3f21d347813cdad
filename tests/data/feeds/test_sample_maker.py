"""Tests of batches from decoded samples, against augmentations called by hand."""

import pickle

import numpy as np
from golden import raises

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.features import Features
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.made_target import MadeTarget
from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.prepare.resize import Resize
from kpipe.data.reader import Reader
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.errors import DataError

CROP = [{"RandomCrop": {"height": 5, "width": 5}}, {"HorizontalFlip": {"p": 0.5}}]
FLIPS = [{"VerticalFlip": {"p": 0.5}}, {"RandomBrightnessContrast": {"p": 1.0}}]


def images(count=6, size=8, dtype="uint8", seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (count, size, size, 3), dtype)


def dataset(**inputs):
    return ArrayDataset({name: {"train": values} for name, values in inputs.items()}, {}, {})


def store(data, resizes=None):
    found = SampleStore(Reader(data, resizes or {}, {}), data.parts)
    found.load()
    return found


def test_each_place_has_its_own_look_and_duplicates_differ():
    values, augmentation = images(), Augmentation(CROP)
    maker = SampleMaker(
        store(dataset(image=values)), {"image": MadeInput(0, (5, 5, 3), "uint8", "uint8", augmentation)}, seed=4
    )
    indices, places = np.array([2, 2, 0]), np.array([1, 4, 3])
    made = maker(SampleRequest(indices, places, epoch=7))["x image"]
    expected = [augmentation(values[i], seed=4, epoch=7, place=p) for i, p in zip(indices, places, strict=True)]
    np.testing.assert_array_equal(made, expected)
    assert (made[0] != made[1]).any()
    again = pickle.loads(pickle.dumps(maker))(SampleRequest(indices[::-1], places[::-1], epoch=7))["x image"]
    np.testing.assert_array_equal(again[::-1], made)
    other = maker(SampleRequest(indices, places, epoch=8))["x image"]
    assert (other != made).any()


def test_evaluation_does_not_augment():
    values = images()
    maker = SampleMaker(
        store(dataset(image=values)), {"image": MadeInput(0, (8, 8, 3), "uint8", "uint8", Augmentation(FLIPS))}, seed=0
    )
    np.testing.assert_array_equal(maker(SampleRequest(np.array([3, 0])))["x image"], values[[3, 0]])


def test_two_inputs_draw_independently_and_others_are_unchanged():
    values, vector = images(), np.eye(6, dtype="float32")
    maker = SampleMaker(
        store(dataset(left=values, x=vector, right=values)),
        {
            "left": MadeInput(0, (5, 5, 3), "uint8", "uint8", Augmentation(CROP)),
            "x": MadeInput(1, (6,), "float32", "float32"),
            "right": MadeInput(2, (5, 5, 3), "uint8", "uint8", Augmentation(CROP)),
        },
        seed=0,
    )
    made = maker(SampleRequest(np.arange(6), np.arange(6)))
    assert (made["x left"] != made["x right"]).any()
    np.testing.assert_array_equal(made["x x"], vector)
    expected = [Augmentation(CROP)(values[i], 0, 0, i, input_number=2) for i in range(6)]
    np.testing.assert_array_equal(made["x right"], expected)


def test_resized_bytes_are_rounded_before_they_are_augmented():
    values, resize = images(), Resize(height=5, width=7)
    resize.bind(Features("image", "image", (8, 8, 3), dtype="uint8"))
    augmentation = Augmentation(FLIPS)
    maker = SampleMaker(
        store(dataset(image=values), {"image": resize}),
        {"image": MadeInput(0, (5, 7, 3), "float32", "uint8", augmentation)},
        seed=0,
    )
    made = maker(SampleRequest(np.array([1]), np.array([2])))["x image"]
    expected = augmentation(np.rint(resize.image(values[1])).astype(np.uint8), 0, 0, 2)
    np.testing.assert_array_equal(made[0], expected)
    assert made.dtype == np.float32


def test_deep_images_keep_their_range():
    values = images(dtype="uint16")
    maker = SampleMaker(
        store(dataset(image=values)),
        {"x": MadeInput(0, (8, 8, 3), "float32", "uint16", Augmentation([{"HorizontalFlip": {"p": 1.0}}]))},
        seed=0,
    )
    made = maker(SampleRequest(np.array([0]), np.array([0])))["x x"]
    np.testing.assert_allclose(made[0], values[0, :, ::-1], atol=0.01)


def test_a_shape_that_varies_is_an_error():
    maker = SampleMaker(
        store(dataset(image=images())),
        {"image": MadeInput(0, (5, 5, 3), "uint8", "uint8", Augmentation(["VerticalFlip"]))},
        seed=0,
    )
    with raises(DataError):
        maker(SampleRequest(np.array([0]), np.array([0])))


def test_targets_are_transformed_with_their_image_and_unchanged_in_an_evaluation():
    values, masks = images(), np.arange(6 * 64).reshape(6, 8, 8) % 7
    augmentation = Augmentation(["D4", {"RandomCrop": {"height": 8, "width": 8}}], {"y mask": "mask"})
    maker = SampleMaker(
        store(dataset(image=values)),
        {"image": MadeInput(0, (8, 8, 3), "uint8", "uint8", augmentation)},
        seed=2,
        targets={"mask": MadeTarget(masks, "uint8")},
    )
    request = SampleRequest(np.array([3, 0, 3]), np.array([1, 4, 5]), epoch=2)
    made = pickle.loads(pickle.dumps(maker))(request)
    for position, (index, place) in enumerate(zip(request.indices, request.places, strict=True)):
        image, others = augmentation.together(values[index], {"y mask": masks[index].astype("uint8")}, 2, 2, place)
        np.testing.assert_array_equal(made["x image"][position], image)
        np.testing.assert_array_equal(made["y mask"][position], others["y mask"])
    assert made["y mask"].dtype == masks.dtype
    np.testing.assert_array_equal(maker(SampleRequest(np.array([3, 0])))["y mask"], masks[[3, 0]])
    assert maker.specs == {"x image": ((8, 8, 3), "uint8"), "y mask": ((8, 8), "int64")}
