"""The last layer is found behind activations and layers that keep the values."""

import keras
import pytest

from kpipe.train.initialize.output_layer import OutputLayer

layers = keras.layers
BEHIND = {
    "nothing": (lambda x: x, (4,)),
    "softmax": (layers.Softmax(), (4,)),
    "activation and cast": (lambda x: layers.Activation("linear", dtype="float32")(layers.Activation("tanh")(x)), (4,)),
    "flatten": (layers.Flatten(), (4, 4)),
    "average pooling": (layers.GlobalAveragePooling1D(), (4, 4)),
    "dropout": (layers.Dropout(0.5), (4,)),
}


@pytest.mark.parametrize("name", BEHIND)
def test_the_last_layer(name):
    after, shape = BEHIND[name]
    dense = layers.Dense(3, name="out")
    found = OutputLayer.of(after(dense(keras.Input(shape))))
    assert (found.path, found.layer) == ("out", dense)


def test_inside_models_and_wrappers():
    dense = layers.Dense(3, name="dense")
    inner = keras.Sequential([keras.Input((2, 4)), layers.TimeDistributed(dense, name="each")], name="inner")
    outer = keras.Sequential([keras.Input((2, 4)), inner, layers.Softmax()], name="outer")
    found = OutputLayer.of(outer(keras.Input((2, 4))))
    assert (found.path, found.layer) == ("outer/inner/each", dense)


def test_a_sum_has_no_last_layer_with_a_bias():
    x = keras.Input((4,))
    found = OutputLayer.of(layers.Add(name="sum")([layers.Dense(3)(x), layers.Dense(3)(x)]))
    assert (found.path, type(found.layer)) == ("sum", layers.Add)
