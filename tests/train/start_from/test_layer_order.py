"""The order of the layers of a model, and their groups in a file of weights."""

import json

import h5py
import keras
import pytest

from kpipe.train.start_from.layer_order import LayerOrder

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def model():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(3)], name="inner")
    inputs = keras.Input((3,))
    outputs = keras.layers.Dense(2, name="last")(keras.layers.Dense(3, name="first")(inner(inputs)))
    return keras.Model(inputs, outputs, name="outer")


def test_the_configuration_has_the_order_of_the_model():
    made = model()
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(made)))
    order = LayerOrder.of_config(config)
    assert order.name == "outer"
    assert [name for name in order.names.values() if name in ("first", "last", "inner")] == ["inner", "first", "last"]
    own = LayerOrder.of_model(made)
    assert own.names["dense_1"] == order.names["dense_1"] == "last"
    assert own.models["inner"].names["dense"] == order.models["inner"].names["dense"] == "a"


def test_the_groups_are_those_of_the_file(tmp_path):
    made = model()
    made.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5") as file:
        for key, name in LayerOrder.of_model(made).names.items():
            assert file[f"layers/{key}/vars"].attrs["name"] == name


@pytest.mark.parametrize("config", [{}, {"config": None}, {"config": {"layers": [3, {"config": 2}]}}])
def test_other_configurations_have_no_order(config):
    assert not LayerOrder.of_config(config).models
