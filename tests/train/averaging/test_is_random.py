import keras
from golden import raises
from keras import layers

from kpipe.errors import ArgumentError
from kpipe.layers import DropConnect, StochasticDepth
from kpipe.train.averaging.is_random import check_random, is_random


def test_layers_that_do_nothing_are_not_random():
    assert not any(
        map(
            is_random,
            [
                layers.Dropout(0.0),
                layers.GaussianNoise(0.0),
                layers.LSTM(2),
                layers.Attention(),
                StochasticDepth(layers.Dense(2), survival=1.0),
                DropConnect(layers.Dense(2), rate=0.0),
                layers.BatchNormalization(),
                layers.Dense(2),
            ],
        )
    )
    model = keras.Sequential([keras.Input((2,)), layers.Dropout(0.0)])
    with raises(ArgumentError):
        check_random(model)


def test_a_layer_at_any_depth_makes_a_model_random():
    block = keras.Sequential([layers.Dense(2), layers.Dropout(0.5)])
    check_random(keras.Sequential([keras.Input((2,)), StochasticDepth(block, survival=1.0)]))
