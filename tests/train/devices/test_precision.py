import keras
import pytest

from kpipe.train.devices.precision import dtype_policy


def test_the_policy_applies_only_inside():
    before = keras.config.dtype_policy().name
    with dtype_policy("mixed_float16"):
        layer = keras.layers.Dense(2)
    assert (layer.compute_dtype, layer.variable_dtype) == ("float16", "float32")
    assert keras.config.dtype_policy().name == before


def test_it_is_back_after_an_error():
    before = keras.config.dtype_policy().name
    with pytest.raises(RuntimeError), dtype_policy("float64"):
        raise RuntimeError
    assert keras.config.dtype_policy().name == before
