import keras
import numpy as np

from kpipe.keras_internals import keras_mask
from kpipe.train.averaging.averaged_answers import AveragedAnswers


def test_the_mask_of_an_output_is_that_of_its_sample():
    inner = keras.Sequential(
        [
            keras.Input((3,), dtype="int32", name="x"),
            keras.layers.Embedding(5, 4, mask_zero=True),
            keras.layers.Dense(2),
        ]
    )
    ids = np.array([[[1, 2, 0], [1, 2, 0]], [[3, 0, 0], [3, 0, 0]]], np.int32)
    found = AveragedAnswers(inner, {"": "softmax"}, {"": 2})(ids)
    assert found.shape == (2, 3, 2)
    assert np.asarray(keras_mask(found)).tolist() == [[True, True, False], [True, False, False]]


def test_the_views_of_a_batch_are_computed_at_once_and_without_dropout():
    calls = []

    @keras.saving.register_keras_serializable(package="tests_averaged_answers")
    class Seen(keras.layers.Layer):
        def call(self, inputs, training=False):
            calls.append((tuple(inputs.shape), training))
            return inputs

    inner = keras.Sequential([keras.Input((2,)), Seen(), keras.layers.Dropout(0.5)])
    calls.clear()
    values = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    found = AveragedAnswers(inner, {"": "values"}, {"": 3})(values)
    assert calls == [((6, 2), False)]
    np.testing.assert_allclose(found, values.mean(axis=1), rtol=1e-6)
