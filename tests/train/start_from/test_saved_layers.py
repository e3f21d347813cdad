"""The layers of a saved model, read from its file."""

import zipfile

import h5py
import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import DataError
from kpipe.train.start_from.saved_layers import opened_weights, saved_layers

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def network():
    inputs = keras.Input((8, 8, 1), name="image")
    inner = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3, name="conv"),
            keras.layers.Dropout(0.5),
            keras.layers.BatchNormalization(name="norm"),
        ],
        name="inner",
    )
    outputs = keras.layers.Reshape((6, 12))(inner(inputs))
    outputs = keras.layers.Dense(5, name="second")(outputs)
    outputs = keras.layers.LSTM(3, name="recurrent")(outputs)
    return keras.Model(inputs, keras.layers.Dense(2, name="first")(outputs), name="net")


def found(path):
    with opened_weights(path) as (file, order):
        return saved_layers(file, order)


def test_the_layers_of_a_model_in_the_order_of_their_calls(tmp_path):
    network().save(tmp_path / "a.keras")
    layers = found(tmp_path / "a.keras")
    assert [layer.path for layer in layers] == [
        ("inner", "conv"),
        ("inner", "norm"),
        ("second",),
        ("recurrent",),
        ("first",),
    ]
    assert layers[0].shapes == {"vars/0": (3, 3, 1, 2), "vars/1": (2,)}
    assert layers[3].shapes == {"cell/vars/0": (5, 12), "cell/vars/1": (3, 12), "cell/vars/2": (12,)}


def test_a_file_of_weights_alone_has_no_order_across_classes(tmp_path):
    network().save_weights(tmp_path / "a.weights.h5")
    paths = [layer.path for layer in found(tmp_path / "a.weights.h5")]
    assert sorted(paths) == sorted([("inner", "conv"), ("inner", "norm"), ("second",), ("recurrent",), ("first",)])
    assert paths.index(("second",)) < paths.index(("first",))


def test_ten_layers_are_ordered_by_number(tmp_path):
    model = keras.Sequential([keras.Input((2,)), *(keras.layers.Dense(2, name=f"layer{n}") for n in range(12))])
    model.save_weights(tmp_path / "a.weights.h5")
    assert [layer.name for layer in found(tmp_path / "a.weights.h5")] == [f"layer{number}" for number in range(12)]


def test_the_preparation_around_the_model_of_a_run_is_left_out(tmp_path):
    model, raw = network(), keras.Input((8, 8, 1))
    scale = keras.layers.Normalization(mean=np.zeros(1), variance=np.ones(1))
    keras.Model(raw, model(scale(raw)), name="net_raw").save(tmp_path / "a.keras")
    assert ("second",) in [layer.path for layer in found(tmp_path / "a.keras")]
    assert not any("normalization" in layer.path for layer in found(tmp_path / "a.keras"))


@pytest.mark.parametrize("name", ["a.keras", "a.weights.h5"])
def test_other_content_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"nothing")
    with raises(DataError), opened_weights(tmp_path / name):
        pass


@pytest.mark.parametrize(("written", "name"), [("a.keras", "b.weights.h5"), ("a.weights.h5", "b.keras")])
def test_another_ending_is_explained(tmp_path, written, name):
    model = network()
    (model.save if written.endswith(".keras") else model.save_weights)(tmp_path / written)
    (tmp_path / written).rename(tmp_path / name)
    with raises(DataError), opened_weights(tmp_path / name):
        pass


def test_an_archive_without_weights_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with raises(DataError), opened_weights(tmp_path / "a.keras"):
        pass


def test_files_without_names_have_those_of_the_configuration(tmp_path):
    """The first versions of Keras 3 wrote no names into the file of weights."""
    network().save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as new, zipfile.ZipFile(tmp_path / "old.keras", "w") as old:
        old.writestr("config.json", new.read("config.json"))
        weights = tmp_path / "model.weights.h5"
        weights.write_bytes(new.read("model.weights.h5"))
        with h5py.File(weights, "r+") as file:
            file.visititems(lambda place, group: group.attrs.pop("name", None))
        old.write(weights, "model.weights.h5")
    assert found(tmp_path / "old.keras") == found(tmp_path / "new.keras")
