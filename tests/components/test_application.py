"""Construction of the networks of `keras.applications`."""

import keras
import numpy as np
import pytest
from golden import raises

import kpipe
from kpipe.components.application import build_application
from kpipe.errors import ArgumentError, SpecError

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]

SMALL = {"input_shape": (32, 32, 3), "alpha": 0.25, "include_top": False}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network with its file of weights, and that of a whole model."""
    made = keras.applications.MobileNet(weights=None, **SMALL)
    folder = tmp_path_factory.mktemp("network")
    made.save_weights(folder / "net.weights.h5")
    return made, folder


def equal(one, other):
    return all(np.array_equal(*pair) for pair in zip(one.get_weights(), other.get_weights(), strict=True))


def test_a_file_contains_the_weights(network):
    made, folder = network
    found = build_application(keras.applications.MobileNet, {**SMALL, "weights": folder / "net.weights.h5"})
    assert equal(found, made)


def test_a_file_of_another_network_is_refused(network):
    _, folder = network
    arguments = {**SMALL, "alpha": 0.5, "weights": folder / "net.weights.h5"}
    with raises(
        ArgumentError, foreign=r"A total of \d+ objects could not be loaded, such as \S+: expected the shape [^;]*"
    ):
        build_application(keras.applications.MobileNet, arguments)


def test_a_missing_file_is_reported_with_those_of_its_folder(network):
    _, folder = network
    with raises(ArgumentError):
        build_application(keras.applications.MobileNet, {**SMALL, "weights": folder / "nett.weights.h5"})


def test_a_failed_download_has_a_remedy(monkeypatch):
    # No port listens there, so that nothing leaves this machine.
    monkeypatch.setattr("keras.src.applications.mobilenet.BASE_WEIGHT_PATH", "http://127.0.0.1:9/")
    with raises(ArgumentError):
        build_application(keras.applications.MobileNet, {**SMALL, "weights": "imagenet", "input_shape": (128, 128, 3)})


def test_other_errors_are_those_of_keras():
    with pytest.raises(ValueError, match="classes"):
        build_application(keras.applications.MobileNet, {"weights": "imagenet", "classes": 3})


def test_a_path_in_a_spec_is_relative_to_its_file(network, tmp_path):
    made, folder = network
    spec = folder / "spec.yaml"
    spec.write_text(
        "name: net\ndata: {source: Digits}\nmodel:\n"
        "  - Resizing: {height: 32, width: 32, name: large}\n"
        "  - Concatenate: {inputs: [large, large, large]}\n"
        "  - MobileNet: {name: body, alpha: 0.25, include_top: false, weights: net.weights.h5, pooling: avg}\n"
        "  - Dense: {units: =classes}\n"
    )
    pipeline = kpipe.load(spec)
    assert equal(pipeline.build().get_layer("body"), made)
    assert str(folder / "net.weights.h5") in pipeline.spec.dump()
    with raises(SpecError):
        kpipe.load(spec, {"model.2.MobileNet.weights": "imagenett"}).build()
