"""The layers of a model through which no gradient has to flow."""

from kpipe.components.quiet_import import import_keras
from kpipe.model.untrained_layers import untrained_layers

keras = import_keras()


def dense(name, trainable=False):
    return keras.layers.Dense(2, name=name, trainable=trainable)


def names(model):
    return sorted(layer.name for layer in untrained_layers(model))


def test_layers_below_the_lowest_trained_one():
    inputs = keras.Input((2,))
    low = keras.layers.ReLU(name="relu")(dense("low")(inputs))
    middle = dense("middle", True)(low)
    high = dense("high")(middle)
    beside = dense("beside")(low)
    assert names(keras.Model(inputs, keras.layers.Add(name="add")([high, beside]))) == ["beside", "low", "relu"]


def test_layers_inside_networks():
    inner = keras.Sequential([keras.Input((2,)), dense("first"), dense("second", True), dense("third")], name="inner")
    model = keras.Sequential([keras.Input((2,)), dense("before"), inner, dense("after")])
    assert names(model) == ["before", "first"]


def test_a_layer_that_is_called_twice_is_trained_if_one_call_is():
    shared, inputs = dense("shared"), keras.Input((2,))
    assert names(keras.Model(inputs, shared(dense("middle", True)(shared(inputs))))) == []
    assert names(keras.Model(inputs, shared(shared(inputs)))) == ["shared"]
