"""Calls are replaced within the block only."""

import keras
import numpy as np
import pytest

from kpipe.train.initialize.calls_of_layers import calls_of_layers


def doubled(layer, own, arguments, options):
    return 2 * own(*arguments, **options)


def test_the_calls_of_the_layers_are_replaced():
    first = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((2,)), first, keras.layers.Dense(1, kernel_initializer="ones")])
    batch = np.ones((1, 2), np.float32)
    with calls_of_layers([first], doubled):
        assert float(model(batch)[0, 0]) == 4
    assert float(model(batch)[0, 0]) == 2
    assert "call" not in vars(first)


def test_an_error_restores_them():
    layer = keras.layers.Dense(1)
    with pytest.raises(ZeroDivisionError), calls_of_layers([layer], doubled):
        raise ZeroDivisionError
    assert "call" not in vars(layer)


def test_nested_blocks():
    layer = keras.layers.Dense(1, kernel_initializer="ones")
    batch = np.ones((1, 2), np.float32)
    with calls_of_layers([layer], doubled):
        with calls_of_layers([layer], doubled):
            assert float(layer(batch)[0, 0]) == 8
        assert float(layer(batch)[0, 0]) == 4
