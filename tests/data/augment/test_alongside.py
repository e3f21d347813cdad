"""Masks, images to predict and further inputs are transformed as Albumentations transforms its own targets."""

import pickle

import numpy as np
import pytest

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.draws import Draws
from kpipe.data.augment.moves_pixels import moves_pixels

from .usable import COLOR, usable

A = import_albumentations()
KINDS = {"y mask": "mask", "y clean": "image"}
ITEMS = usable()
NAMES = [name for name in ITEMS if issubclass(getattr(A, name), A.DualTransform)]
MIXED = [
    {"Affine": {"rotate": [-30, 30], "fill": 9, "fill_mask": 2}},
    "HorizontalFlip",
    {"OneOf": {"transforms": ["GaussNoise", {"Sequential": {"transforms": ["Transpose", "RandomGamma"]}}], "p": 0.8}},
    {"CoarseDropout": {"fill_mask": 1}},
]


def pixels(seed=0, channels=3, size=32):
    values = np.random.default_rng(seed).integers(1, 256, (size, size, channels))
    return (values // 2 + np.linspace(0, 127, size)[:, None, None]).astype(np.uint8)


def classes(dtype="uint8", size=32):
    return (pixels(1, 1, size)[..., 0] % 4).astype(dtype)


def state():
    draws = Draws()
    return draws, (draws.numbers, draws.python)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["uint8", "int16"])
def test_every_transform_draws_the_same_for_an_image_alone_and_masks_are_those_of_albumentations(dtype):
    mask = classes(dtype)
    for name, item in ITEMS.items():
        # A second transform reveals draws that depend on what the first one received.
        items = [item, {"RandomBrightnessContrast": {"p": 1.0}}]
        alone, together = Augmentation(items), Augmentation(items, {"y mask": "mask"})
        by_hand, (draws, generators) = compose(items), state()
        by_hand.set_random_state(*generators)
        for place in range(4):
            image, made = together.together(pixels(), {"y mask": mask}, 1, 2, place)
            np.testing.assert_array_equal(image, alone(pixels(), 1, 2, place), err_msg=name)
            draws.start(1, 2, place)
            np.testing.assert_array_equal(made["y mask"], by_hand(image=pixels(), mask=mask)["mask"], err_msg=name)
            assert made["y mask"].dtype == dtype, name
            if name != "Morphological":
                assert set(np.unique(made["y mask"])) <= {0, 1, 2, 3}, name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pixels_of_a_mask_move_as_those_of_its_image():
    # An image whose values are its classes: by the nearest pixels, both are the same after each transform.
    mask = classes()
    nearest = {"interpolation": 0}
    for name in NAMES:
        ((_, arguments),) = ITEMS[name].items()
        if not moves_pixels(getattr(A, name)) or name == "Morphological":
            continue
        accepts = "interpolation" in getattr(A, name).InitSchema.model_fields
        augmentation = Augmentation([{name: {**arguments, **(nearest if accepts else {})}}], {"y mask": "mask"})
        for place in range(4):
            image, made = augmentation.together(mask[..., None], {"y mask": mask}, 0, 0, place)
            np.testing.assert_array_equal(image[..., 0], made["y mask"], err_msg=name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_images_to_predict_are_moved_but_keep_their_values():
    # The target has the pixels of the image, and a channel far outside of the usual range; GridElasticDeform requires
    # 1 or 3 channels.
    # OpenCV interpolates bytes at places rounded to 1/32 of a pixel: next to the border, where the values step by up to
    # 217, by up to 217 / 64 = 3.4, to which the rounding of the result is added.
    image = np.add.outer(np.arange(32) * 3, np.arange(32) * 4).astype(np.uint8)[..., None]
    clean = np.concatenate([image / np.float32(255), image / np.float32(-2.55), image / np.float32(255)], axis=2)
    for name, item in ITEMS.items():
        if name in COLOR or not issubclass(getattr(A, name), A.BasicTransform):
            continue
        augmentation = Augmentation([item], {"y clean": "image"})
        for place in range(3):
            made, others = augmentation.together(image, {"y clean": clean}, 0, 0, place)
            found = others["y clean"]
            assert found.dtype == np.float32
            if not moves_pixels(getattr(A, name)):
                np.testing.assert_allclose(found, clean, rtol=1e-6, err_msg=name)
                continue
            np.testing.assert_allclose(found[..., 0] * 255, made[..., 0], atol=4, err_msg=name)
            if name != "Morphological":
                np.testing.assert_allclose(found[..., 1], found[..., 0] * -100, atol=1e-3, err_msg=name)


def test_a_composition_repeats_itself_and_fills_as_it_says():
    augmentation = Augmentation(MIXED, {**KINDS, "x depth": "input", "y vague": "image"})
    clean, vague = pixels(3, 1).astype(np.float32) / 255, pixels(4, 1)[..., 0].astype(np.float32) / 255
    others = {"y mask": classes(), "y clean": clean, "y vague": vague, "x depth": pixels(5)}
    first = [augmentation.together(pixels(), others, 3, 0, place) for place in range(12)]
    again = pickle.loads(pickle.dumps(augmentation))
    for place in reversed(range(12)):
        image, made = again.together(pixels(), others, 3, 0, place)
        np.testing.assert_array_equal(image, first[place][0])
        for key, values in made.items():
            np.testing.assert_array_equal(values, first[place][1][key])
            assert (values.shape, values.dtype) == (others[key].shape, others[key].dtype)
    by_hand, (draws, generators) = (
        A.Compose(
            [
                A.Affine(rotate=(-30, 30), fill=9, fill_mask=2),
                A.HorizontalFlip(),
                A.OneOf([A.GaussNoise(), A.Sequential([A.Transpose(), A.RandomGamma()])], p=0.8),
                A.CoarseDropout(fill_mask=1),
            ],
            additional_targets={"depth": "image"},
        ),
        state(),
    )
    by_hand.set_random_state(*generators)
    for place, (image, made) in enumerate(first):
        draws.start(3, 0, place)
        expected = by_hand(image=pixels(), mask=others["y mask"], depth=others["x depth"])
        np.testing.assert_array_equal(image, expected["image"])
        np.testing.assert_array_equal(made["y mask"], expected["mask"])
        np.testing.assert_array_equal(made["x depth"], expected["depth"])


def test_images_of_16_bits_and_their_targets_have_the_same_fill():
    augmentation = Augmentation([{"Pad": {"padding": 1, "fill": 0.5}}], {"y clean": "image", "x depth": "input"})
    deep, clean = np.full((2, 2, 1), 65535, np.uint16), np.ones((2, 2, 1), np.float32)
    image, made = augmentation.together(deep, {"y clean": clean, "x depth": deep}, 0, 0, 0)
    for values, largest in ((image, 65535), (made["x depth"], 65535), (made["y clean"], 1)):
        np.testing.assert_allclose(values[0], largest / 2, rtol=1e-6)
        np.testing.assert_allclose(values[1:3, 1:3], largest, rtol=1e-6)
    augmentation = Augmentation([{"Pad": {"padding": 1, "fill": 51}}], {"y clean": "image"})
    _, made = augmentation.together(np.zeros((2, 2, 1), np.uint8), {"y clean": clean}, 0, 0, 0)
    np.testing.assert_allclose(made["y clean"][0], 0.2, rtol=1e-6)
