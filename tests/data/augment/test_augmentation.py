"""Augmentations repeat themselves, and do what Albumentations does."""

import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from golden import raises

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.augmentation import Augmentation, applied
from kpipe.data.augment.draws import Draws
from kpipe.errors import DataError

from .usable import COLOR, usable

A = import_albumentations()
MIXED = [
    {"RandomCrop": {"height": 24, "width": 24}},
    "HorizontalFlip",
    {"OneOf": {"transforms": ["Blur", {"SomeOf": {"transforms": ["GaussNoise", "ColorJitter"], "n": 1}}], "p": 0.9}},
    {"Affine": {"rotate": [-20, 20], "p": 0.7}},
    {"CoarseDropout": {"fill": "random"}},
]


def image(channels=3, kind="uint8", seed=0, size=32):
    values = np.random.default_rng(seed).integers(0, 256, (size, size, channels))
    # A gradient, since some transforms do nothing with noise alone.
    values = (values // 2 + np.linspace(0, 127, size)[:, None, None]).astype(np.uint8)
    return values if kind == "uint8" else values.astype(np.float32) * 257


def by_hand():
    return A.Compose(
        [
            A.RandomCrop(24, 24),
            A.HorizontalFlip(),
            A.OneOf([A.Blur(), A.SomeOf([A.GaussNoise(), A.ColorJitter()], n=1)], p=0.9),
            A.Affine(rotate=(-20, 20), p=0.7),
            A.CoarseDropout(fill="random"),
        ]
    )


def test_pixels_are_those_of_albumentations_with_the_same_random_state():
    augmentation, compose, draws = Augmentation(MIXED), by_hand(), Draws()
    compose.set_random_state(draws.numbers, draws.python)
    results = []
    for place in range(30):
        draws.start(3, 1, place)
        results.append(augmentation(image(), seed=3, epoch=1, place=place))
        np.testing.assert_array_equal(results[-1], compose(image=image())["image"])
    assert len({result.tobytes() for result in results}) == 30


def test_16_bit_images_are_scaled_to_1_and_back():
    augmentation, compose, draws = Augmentation(MIXED), by_hand(), Draws()
    compose.set_random_state(draws.numbers, draws.python)
    deep = image().astype(np.uint16) * 257 + 3
    for place in range(10):
        draws.start(0, 0, place)
        expected = compose(image=deep.astype(np.float32) / np.float32(65535))["image"] * np.float32(65535)
        for given in (deep, deep.astype(np.float32)):
            found = augmentation(given, 0, 0, place)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_transform_is_independent_of_order_process_and_global_generators(kind, channels):
    count = 0
    for name, item in usable().items():
        if channels == 1 and name in COLOR:
            continue
        # A second transform reveals draws that depend on the first one.
        augmentation = Augmentation([item, {"RandomBrightnessContrast": {"p": 0.5}}])
        images = [image(channels, kind, seed) for seed in range(3)]
        expected = [augmentation(given, 1, 2, place) for place, given in enumerate(images)]
        again = pickle.loads(pickle.dumps(augmentation))
        np.random.seed(count)
        random.seed(count)
        for place in (2, 0, 1):
            found = again(images[place], 1, 2, place)
            assert (found.dtype, found.ndim) == (images[place].dtype, 3), name
            np.testing.assert_array_equal(found, expected[place], err_msg=name)
        count += 1
    assert count == 99 - (len(COLOR) if channels == 1 else 0)


def test_each_random_transform_has_another_draw_for_another_place_epoch_and_seed():
    augmentation = Augmentation([{"GaussNoise": {"p": 1}}])
    draws = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    assert len({augmentation(image(), *where).tobytes() for where in draws}) == 5


@pytest.mark.parametrize("names", [["HorizontalFlip", "VerticalFlip"], ["HorizontalFlip", "VerticalFlip", "Transpose"]])
def test_the_transforms_of_a_list_draw_independently(names):
    augmentation = Augmentation(names)
    square = np.arange(9, dtype=np.uint8).reshape(3, 3, 1)
    count, outcomes = 4000, {}
    for place in range(count):
        found = augmentation(square, 5, 0, place).tobytes()
        outcomes[found] = outcomes.get(found, 0) + 1
    cells = 2 ** len(names)
    expected = count / cells
    assert len(outcomes) == cells
    chi_square = sum((seen - expected) ** 2 / expected for seen in outcomes.values())
    # The 99.9 % quantiles of chi-square with 3 and 7 degrees of freedom.
    assert chi_square < {4: 16.27, 8: 24.32}[cells]


def test_threads_do_not_disturb_each_other():
    augmentation = Augmentation(MIXED)
    expected = [augmentation(image(), 0, 0, place) for place in range(60)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda place: augmentation(image(), 0, 0, place), range(60)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_given_image_is_not_changed():
    given = image()
    before = given.copy()
    for place in range(20):
        Augmentation(MIXED)(given, 0, 0, place)
    np.testing.assert_array_equal(given, before)


def test_a_transform_that_fails_is_named():
    augmentation = Augmentation(["HorizontalFlip", {"RandomCrop": {"height": 4, "width": 4}}, "Blur"])
    with raises(DataError):
        augmentation(image(size=3), 0, 0, 0)


@pytest.mark.parametrize(("dtype", "made"), [("uint8", "float32"), ("uint8", "int64"), ("uint16", "uint8")])
def test_a_transform_that_changes_the_type_is_refused(dtype, made):
    class Changed(A.ImageOnlyTransform):
        def apply(self, img, **params):
            return img.astype(made)

    with raises(TypeError):
        applied(Changed(p=1), np.zeros((4, 4, 3), dtype))
