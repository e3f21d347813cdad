"""The operations of policies against Pillow."""

import random

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.policy_operations import operation

SHAPES = [(32, 32), (33, 47), (224, 200)]


def images():
    rng = np.random.default_rng(0)
    for height, width in SHAPES:
        y, x = np.mgrid[:height, :width]
        yield rng.integers(0, 256, (height, width, 3), np.uint8)
        yield np.stack([x * 255 / width, y * 200 / height + 30, (x + y) % 97], axis=-1).astype(np.uint8)


def transform(name, magnitude, translation=10 / 32):
    made = compose([operation(name, magnitude, translation, 128)])
    made.set_random_state(np.random.default_rng(0), random.Random(0))
    return made


def pillow(name, magnitude):
    factor = 0.1 + 0.18 * magnitude
    return {
        "AutoContrast": ImageOps.autocontrast,
        "Equalize": ImageOps.equalize,
        "Invert": ImageOps.invert,
        "Identity": lambda image: image,
        "Posterize": lambda image: ImageOps.posterize(image, 8 - int(0.4 * magnitude)),
        "Solarize": lambda image: ImageOps.solarize(image, 256 - int(25.6 * magnitude)),
        **{
            kind: lambda image, kind=kind: getattr(ImageEnhance, kind)(image).enhance(factor)
            for kind in ("Brightness", "Contrast", "Color", "Sharpness")
        },
    }[name]


@pytest.mark.parametrize(
    ("name", "levels"),
    [("Identity", 0), ("Invert", 0), ("Posterize", 0), ("Solarize", 0), ("Brightness", 0), ("Contrast", 1), ("Color", 2),
     ("Sharpness", 1), ("AutoContrast", 2), ("Equalize", 0)],
)  # fmt: skip
@pytest.mark.parametrize("magnitude", [0, 1, 5, 9, 10])
def test_values_are_those_of_pillow_within_levels(name, levels, magnitude):
    made = transform(name, magnitude)
    for image in images():
        expected = np.asarray(pillow(name, magnitude)(Image.fromarray(image))).astype(int)
        assert np.abs(made(image=image.copy())["image"] - expected).max() <= levels


def affine(name, amount, height, width):
    """Pillow's map of output to input pixels, about the center."""
    return {
        "ShearX": (1, amount, -amount * height / 2, 0, 1, 0),
        "ShearY": (1, 0, 0, amount, 1, -amount * width / 2),
        "TranslateX": (1, 0, amount * width, 0, 1, 0),
        "TranslateY": (1, 0, 0, 0, 1, amount * height),
    }[name]


@pytest.mark.parametrize(
    ("name", "largest", "differing"),
    [("ShearX", 0.3, 0.06), ("ShearY", 0.3, 0.06), ("TranslateX", 10 / 32, 0), ("TranslateY", 10 / 32, 0),
     ("Rotate", 30, 0.03)],
)  # fmt: skip
def test_geometric_operations_have_either_sign(name, largest, differing):
    image = next(images())
    made, signs = transform(name, 8), []
    for _ in range(200):
        output = made(image=image)["image"]
        shares = []
        for sign in (1, -1):
            amount, source = sign * largest * 0.8, Image.fromarray(image)
            if name == "Rotate":
                expected = source.rotate(amount, fillcolor=(128,) * 3)
            else:
                values = affine(name, amount, *image.shape[:2])
                expected = source.transform(source.size, Image.Transform.AFFINE, values, fillcolor=(128,) * 3)
            # Pixels halfway between two others can be rounded to either.
            shares.append((np.asarray(expected) != output).any(axis=2).mean())
        signs.append(shares[0] < shares[1])
        assert min(shares) <= differing
    # Four standard deviations of 200 draws.
    assert abs(np.mean(signs) - 0.5) < 4 * 0.5 / np.sqrt(200)


def test_posterize_and_solarize_end_at_magnitude_10():
    for name in ("Posterize", "Solarize"):
        assert operation(name, 28, 0.3, 0) == operation(name, 10, 0.3, 0)
