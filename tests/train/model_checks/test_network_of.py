"""The facts about Keras' layers; no check fires on Keras' own networks, but for the biases of its ResNet50."""

import keras
import pytest

from kpipe.checks.static import CHECKS
from kpipe.checks.static.facts import Facts
from kpipe.layers import DropConnect, GroupNorm
from kpipe.train.model_checks.network_of import network_of

layers = keras.layers


def network(*items, shape=(4,)):
    return network_of(keras.Sequential([keras.Input(shape, name="x"), *items]))


def test_a_dense_layer():
    layer = layers.Dense(3, activation="relu", name="d")
    start, call = network(layer).calls
    assert (start.class_name, start.name) == ("Input", "x")
    assert (call.class_name, call.name, call.inputs, call.shape) == ("Dense", "d", (0,), (3,))
    assert (call.activation, call.kernel, call.use_bias, call.is_trainable) == ("relu", (4, 3), True, True)
    assert not call.has_equal_columns


@pytest.mark.parametrize(
    ("initializer", "units", "is_equal"),
    [("zeros", 3, True), ("ones", 3, True), ("zeros", 1, False), ("glorot_uniform", 3, False), ("identity", 4, False)],
)
def test_equal_columns_are_measured(initializer, units, is_equal):
    call = network(layers.Dense(units, kernel_initializer=initializer)).calls[1]
    assert call.has_equal_columns == is_equal


def test_columns_that_differ_in_the_last_row_only():
    layer = layers.Dense(2, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((3,)), layer])
    layer.kernel.assign([[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    assert not network_of(model).calls[1].has_equal_columns


def test_wrappers_show_the_layer_inside():
    call = network(layers.TimeDistributed(layers.Dense(3)), shape=(5, 4)).calls[1]
    assert (call.class_name, call.kernel) == ("Dense", (4, 3))
    call = network(DropConnect(layers.Dense(3), rate=0.9)).calls[1]
    assert (call.class_name, call.kernel, call.rate) == ("Dense", (4, 3), 0.9)


def test_nested_models_are_written_out():
    inner = keras.Sequential([layers.Dense(3, name="inner"), layers.ReLU(name="relu")])
    found = network(inner, layers.Dense(2, name="last"))
    assert [call.name for call in found.calls] == ["x", "inner", "relu", "last"]
    assert [call.inputs for call in found.calls] == [(), (0,), (1,), (2,)]


def test_a_shared_layer_is_called_twice():
    first, second, shared = keras.Input((4,), name="a"), keras.Input((4,), name="b"), layers.Dense(3, name="shared")
    model = keras.Model([first, second], {"y": shared(first) + shared(second)})
    found = network_of(model)
    assert [call.name for call in found.calls].count("shared") == 2
    (last,) = found.outputs.values()
    assert len(found.calls[last].inputs) == 2


@pytest.mark.parametrize(
    ("layer", "is_by_channel"),
    [
        (layers.BatchNormalization(), True),
        (layers.LayerNormalization(), False),
        (GroupNorm(groups=4), True),
        (GroupNorm(groups=2), False),
        (layers.GroupNormalization(groups=-1), True),
    ],
    ids=["batch", "layer", "instance", "group", "instance of Keras"],
)
def test_normalizations_by_channel(layer, is_by_channel):
    assert network(layer, shape=(6, 6, 4)).calls[1].normalizes_channels == is_by_channel


def test_activations():
    items = [layers.ReLU(), layers.Softmax(), layers.Activation("gelu"), layers.Dense(3), layers.LSTM(2)]
    found = network(*items, shape=(5, 4))
    assert [call.activation for call in found.calls[1:]] == ["relu", "softmax", "gelu", "linear", None]


def test_a_frozen_layer_is_not_trained():
    assert not network(layers.Dense(3, trainable=False)).calls[1].is_trainable


APPLICATIONS = {
    name: ["W009"] if name == "ResNet50" else []
    for name in (
        "ConvNeXtTiny",
        "DenseNet121",
        "EfficientNetB0",
        "EfficientNetV2B0",
        "InceptionResNetV2",
        "InceptionV3",
        "MobileNet",
        "MobileNetV2",
        "MobileNetV3Small",
        "NASNetMobile",
        "ResNet50",
        "ResNet50V2",
        "VGG16",
        "Xception",
    )
}


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_no_check_fires_on_networks_of_keras(name):
    network = network_of(getattr(keras.applications, name)(weights=None, classes=10))
    codes = [finding.code for check in CHECKS for finding in check.findings(Facts(network=network))]
    assert codes == APPLICATIONS[name]
