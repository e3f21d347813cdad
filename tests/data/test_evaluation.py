"""Tests of transforms in an evaluation: their NumPy form against Keras' layers and against Albumentations."""

import pickle

import numpy as np
import pytest
from golden import raises

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.evaluation import Evaluation, as_batch
from kpipe.errors import ArgumentError, DataError, SpecError

RESNET = [{"SmallestMaxSize": {"max_size": 16}}, {"CenterCrop": {"height": 12, "width": 10}}]
LETTERBOX = [{"LongestMaxSize": {"max_size": 16}}, {"PadIfNeeded": {"min_height": 18, "min_width": 16}}]
CROP = [{"CenterCrop": {"height": 12, "width": 9}}]
PAD = [{"PadIfNeeded": {"min_height": 25, "min_width": 40}}]
RESIZE = [{"Resize": {"height": 7, "width": 9}}]


def image(height=20, width=31, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("transforms", [RESNET, LETTERBOX, CROP, PAD, RESIZE, PAD + CROP])
def test_numpy_and_keras_agree(transforms):
    import keras

    evaluation, given = Evaluation(transforms), image()
    size = (None, None, 3) if evaluation.resizes else given.shape
    tensor = keras.Input(size, dtype="float32")
    model = keras.Model(tensor, evaluation.build(tensor, "image"))
    found = evaluation.image(given)
    np.testing.assert_allclose(model(given[np.newaxis].astype("float32"))[0], found, atol=1e-3)
    assert found.shape == evaluation.shape(given.shape) == model.output_shape[1:]
    restored = keras.Model.from_config(model.get_config())
    np.testing.assert_allclose(restored(given[np.newaxis].astype("float32"))[0], found, atol=1e-3)


@pytest.mark.parametrize("transforms", [CROP, PAD, PAD + CROP])
@pytest.mark.parametrize("size", [(20, 31), (13, 10), (12, 9)])
def test_crops_and_padding_are_those_of_albumentations(transforms, size):
    library = import_albumentations()
    by_hand = library.Compose([getattr(library, name)(**v) for item in transforms for name, v in item.items()])
    evaluation = Evaluation(transforms)
    np.testing.assert_array_equal(evaluation.image(image(*size)), by_hand(image=image(*size))["image"])
    assert evaluation.keeps_type
    assert pickle.loads(pickle.dumps(evaluation)).image(image(*size)).dtype == np.uint8


def test_images_of_any_size_become_a_batch():
    batch = as_batch(Evaluation(RESNET), [image(20, 31), image(16, 16), image(40, 12)])
    assert batch.shape == (3, 12, 10, 3)
    assert Evaluation(RESNET).shape((None, None, 3)) == (12, 10, 3)
    with pytest.raises(DataError, match="transformed images differ in shape"):
        as_batch(Evaluation(PAD), [image(20, 31), image(30, 31)])


@pytest.mark.parametrize(
    "transforms",
    [
        ["HorizontalFlip"],
        [{"Resize": {"height": 3, "width": 4, "interpolation": 0}}],
        [{"SmallestMaxSize": {"max_size": 8}}],
        [{"SmallestMaxSize": {"max_size": 8}}, {"CenterCrop": {"height": 9, "width": 8}}],
        [{"LongestMaxSize": {"max_size": 8}}, {"PadIfNeeded": {"min_height": 7, "min_width": 8}}],
        [{"SmallestMaxSize": {"max_size_hw": [3, 4]}}],
        ["PadIfNeeded"],
    ],
)
def test_transforms_that_the_model_cannot_contain_are_refused(transforms):
    with raises(SpecError):
        Evaluation(transforms)


@pytest.mark.parametrize(("transforms", "shape"), [(CROP, (8, 20, 3)), (CROP, (None, None, 3)), (PAD, (None, None, 3))])
def test_sizes_that_do_not_suit_are_refused(transforms, shape):
    with raises(ArgumentError):
        Evaluation(transforms).shape(shape)


def test_the_transforms_before_a_final_crop():
    transforms = [{"SmallestMaxSize": {"max_size": 8}}, {"CenterCrop": {"height": 6, "width": 4}}]
    before, size = Evaluation(transforms).before_final_crop()
    assert size == (6, 4)
    assert before.image(np.zeros((20, 30, 3), np.uint8)).shape == (8, 8, 3)
    both = Evaluation([{"CenterCrop": {"height": 6, "width": 6}}, {"PadIfNeeded": {"min_height": 8, "min_width": 8}}])
    assert both.before_final_crop() == (both, None)
    assert Evaluation([]).before_final_crop()[1] is None
