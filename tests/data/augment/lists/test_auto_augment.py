"""AutoAugment."""

import random
from collections import Counter

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.augment.compose import compose
from kpipe.data.augment.lists.auto_augment import AutoAugment
from kpipe.data.augment.lists.policy_operations import operation


def pairs(policy):
    return [item["Sequential"]["transforms"] for item in AutoAugment(policy).transforms()[0]["OneOf"]["transforms"]]


def test_pairs_are_those_of_the_papers_tables():
    cifar10, imagenet = pairs("cifar10"), pairs("imagenet")
    assert (len(cifar10), len(imagenet)) == (25, 25)
    assert cifar10[0] == [operation("Invert", 0, 0, 0, 0.1), operation("Contrast", 6, 0, 0, 0.2)]
    assert cifar10[1] == [operation("Rotate", 2, 0, 0, 0.7), operation("TranslateX", 9, 10 / 32, 0, 0.3)]
    assert cifar10[24] == [operation("TranslateY", 9, 10 / 32, 0, 0.7), operation("AutoContrast", 0, 0, 0, 0.9)]
    assert imagenet[0] == [operation("Posterize", 8, 0, 0, 0.4), operation("Rotate", 9, 0, 0, 0.6)]
    assert imagenet[18] == [operation("ShearX", 5, 0, 0, 0.6), operation("Equalize", 0, 0, 0, 1.0)]


def test_operations_of_a_pair_are_applied_independently_with_their_probabilities():
    (choice,) = compose(AutoAugment("cifar10").transforms()).transforms
    choice.set_random_state(np.random.default_rng(0), random.Random(0))
    assert choice.transforms_ps == pytest.approx([1 / 25] * 25)
    # Sharpness 0.8, Sharpness 0.9 of the third line, called as the choice calls it.
    pair, drawn = choice.transforms[2], Counter()
    for _ in range(4000):
        for one in pair.transforms:
            one.params = {}
        pair(image=np.zeros((4, 4, 3), np.uint8), force_apply=True)
        drawn[tuple(bool(one.params) for one in pair.transforms)] += 1
    expected = {(True, True): 0.72, (True, False): 0.08, (False, True): 0.18, (False, False): 0.02}
    for outcome, share in expected.items():
        assert abs(drawn[outcome] - 4000 * share) < 4 * np.sqrt(4000 * share * (1 - share))


@pytest.mark.parametrize("policy", ["cifar10", "imagenet"])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_16_bits_stay_in_range(policy, channels):
    augmentation = Augmentation(AutoAugment(policy).transforms())
    image = np.random.default_rng(0).integers(0, 65536, (32, 32, channels)).astype(np.uint16)
    for place in range(60):
        made = augmentation(image, 1, 0, place)
        assert 0 <= made.min() <= made.max() <= 65535.01


@pytest.mark.parametrize("policy", ["cifar10", "imagenet"])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_image(policy, channels):
    augmentation = Augmentation(AutoAugment(policy).transforms())
    image = np.random.default_rng(0).integers(0, 256, (32, 32, channels), np.uint8)
    for place in range(60):
        made = augmentation(image, 1, 0, place)
        assert (made.shape, made.dtype) == (image.shape, image.dtype)
