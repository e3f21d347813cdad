import keras
import numpy as np
import pytest
import tensorflow as tf

from kpipe.train.frozen_features.feature_calls import FeatureCalls, feature_names
from kpipe.train.frozen_features.find_frozen_part import find_frozen_part

from .models import CASES


def inputs_of(model, count):
    """Random inputs of a model."""
    rng = np.random.default_rng(3)

    def values(tensor):
        shape = (count, *tensor.shape[1:])
        return keras.ops.cast(
            rng.integers(0, 9, shape) if "int" in tensor.dtype else rng.normal(size=shape), tensor.dtype
        )

    return keras.tree.map_structure(values, model.input)


def computed(model, x, training):
    """The outputs in a function of TensorFlow, which changes neither statistics nor the states of random numbers."""
    before = [np.array(variable) for variable in model.non_trainable_variables]
    found = tf.function(lambda given: model(given, training=training), autograph=False)(x)
    for variable, value in zip(model.non_trainable_variables, before, strict=True):
        variable.assign(value)
    return found


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
@pytest.mark.parametrize("name", CASES)
def test_outputs_from_features_are_those_of_the_model_by_a_bit(name, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = CASES[name].model()
    finally:
        keras.config.set_dtype_policy(before)
    calls = FeatureCalls(model, find_frozen_part(model))
    x = inputs_of(model, 6)
    expected = [computed(model, x, training) for training in (True, False)]
    with calls.accepted():
        features = tf.function(calls.features, autograph=False)(x)
        assert list(features) == feature_names(find_frozen_part(CASES[name].model()))
        found = [computed(model, features, training) for training in (True, False)]
        again = computed(model, x, True)
    keras.tree.map_structure(np.testing.assert_array_equal, found, expected)
    keras.tree.map_structure(np.testing.assert_array_equal, again, expected[0])
    keras.tree.map_structure(np.testing.assert_array_equal, computed(model, x, False), expected[1])
    assert "call" not in vars(model)


def test_a_model_with_other_calls_is_an_error():
    part = find_frozen_part(CASES["convolutions"].model())
    other = CASES["convolutions"].model()
    calls = FeatureCalls(other, part)
    with calls.accepted(), pytest.raises(RuntimeError, match=r"call 0 of .* is a, unlike that of its part"):
        calls.features(inputs_of(other, 2))
