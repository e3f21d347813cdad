import re

import keras
import pytest

from kpipe.train.frozen_features.find_frozen_part import find_frozen_part

from .models import CASES, L, chain


@pytest.mark.parametrize("name", CASES)
def test_the_part_and_its_features(name):
    case = CASES[name]
    part = find_frozen_part(case.model())
    # Keras numbers the names of functions.
    assert [re.sub(r"_\d+$", "", entry.name) for entry in part.operations] == case.part
    assert part.sample_bytes == case.nbytes
    assert part.refusals == case.refusals


class ByMode(keras.layers.Layer):
    """Doubles its inputs in training."""

    def call(self, inputs, training=False):
        return 2 * inputs if training else inputs


def test_a_custom_layer_that_distinguishes_training_from_inference_must_be_frozen():
    frozen = L.Dense(3, trainable=False, name="a")
    part = find_frozen_part(chain((4,), ByMode(name="mode"), frozen, L.Dense(2)))
    assert (part.operations, part.refusals) == ([], ["mode is custom and not frozen"])


def test_inputs_of_any_size_have_no_known_size():
    part = find_frozen_part(chain((None, 3), L.Dense(3, trainable=False), L.LSTM(2)))
    assert part.sample_bytes is None


def test_a_function_that_calls_python_changes_its_state():
    import tensorflow as tf

    class Printing(keras.layers.Layer):
        def call(self, inputs):
            return tf.ensure_shape(tf.numpy_function(lambda x: x, [inputs], tf.float32), inputs.shape)

    part = find_frozen_part(chain((4,), Printing(name="python"), L.Dense(2)))
    assert part.refusals == ["python changes its state in training"]
