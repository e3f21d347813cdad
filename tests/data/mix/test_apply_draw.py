import keras
import numpy as np
import pytest
import tensorflow as tf

from kpipe.data.mix import CutMix, MixUp
from kpipe.data.mix.apply_draw import apply_draw

IMAGES = np.random.default_rng(1).integers(0, 256, (6, 5, 7, 3), np.uint8)


def applied(drawn, cuts):
    return apply_draw(tf.constant(IMAGES), np.float32(drawn.weights), drawn.permutation, drawn.boxes, cuts).numpy()


def test_weighted_sums_are_those_of_keras():
    drawn = MixUp(1.0).draw(np.random.default_rng(0), 6, 5, 7)
    transformation = {"mix_weight": np.float32(drawn.weights), "permutation_order": drawn.permutation}
    expected = keras.layers.MixUp().transform_images(IMAGES, transformation, training=True)
    np.testing.assert_allclose(applied(drawn, False), np.asarray(expected), atol=1e-4)
    weights = drawn.weights[:, None, None, None]
    replayed = weights * IMAGES + (1 - weights) * IMAGES[drawn.permutation]
    np.testing.assert_allclose(applied(drawn, False), replayed, atol=1e-4)


def test_boxes_are_those_of_keras():
    drawn = CutMix().draw(np.random.default_rng(0), 6, 5, 7)
    masks = np.zeros(IMAGES.shape, bool)
    for mask, (top, left, bottom, right) in zip(masks, drawn.boxes, strict=True):
        mask[top:bottom, left:right] = True
    assert 0 < masks.mean() < 1
    transformation = {"batch_masks": masks, "permutation_order": drawn.permutation}
    expected = keras.layers.CutMix().transform_images(IMAGES, transformation, training=True)
    np.testing.assert_array_equal(applied(drawn, True), np.asarray(expected))


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 3)])
def test_arrays_of_any_rank_are_mixed(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    drawn = MixUp(1.0).draw(np.random.default_rng(0), 4, None, None)
    weights = drawn.weights.reshape(4, *[1] * (len(shape) - 1))
    found = apply_draw(tf.constant(x), np.float32(drawn.weights), drawn.permutation, None, False)
    np.testing.assert_allclose(found, weights * x + (1 - weights) * x[drawn.permutation], atol=1e-6)
