"""Keras' loaders run as they are; only the door to the network, `get_file`, is replaced by a small local file."""

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.sources.keras_dataset import CLASSES, KerasDataset
from kpipe.errors import ArgumentError, DataError

GENERATOR = np.random.default_rng(0)


def serve(monkeypatch, module, path):
    import keras

    keras.datasets  # noqa: B018
    monkeypatch.setattr(f"keras.src.datasets.{module}.get_file", lambda *args, **options: str(path))


def test_mnist(monkeypatch, tmp_path, listener):
    arrays = {
        "x_train": GENERATOR.integers(0, 256, (6, 28, 28), np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": GENERATOR.integers(0, 256, (3, 28, 28), np.uint8),
        "y_test": np.array([9, 8, 7], np.uint8),
    }
    np.savez(tmp_path / "mnist.npz", **arrays)
    serve(monkeypatch, "mnist", tmp_path / "mnist.npz")
    dataset = KerasDataset("mnist").open(listener.context())
    image = dataset.inputs["image"]
    assert (image.kind, image.shape, image.dtype) == ("image", (28, 28, 1), "uint8")
    assert dataset.parts["test"].tolist() == [6, 7, 8]
    assert dataset.labels["y"].tolist() == [0, 1, 2, 3, 4, 5, 9, 8, 7]
    assert dataset.targets["y"].classes == tuple("0123456789")
    read = dataset.read(np.array([7, 0]))["image"][:, :, :, 0]
    assert np.array_equal(read, [arrays["x_test"][1], arrays["x_train"][0]])
    expect_message(listener.text)


def test_imdb(monkeypatch, tmp_path, context):
    reviews = np.array([[5, 6, 7], [8], [9_999, 20], [4, 4, 4, 4, 4, 4]], object)
    labels = np.array([1, 0, 1, 0])
    np.savez(tmp_path / "imdb.npz", x_train=reviews, y_train=labels, x_test=reviews, y_test=labels, allow_pickle=True)
    serve(monkeypatch, "imdb", tmp_path / "imdb.npz")
    dataset = KerasDataset("imdb", num_words=50, length=4).open(context)
    entry = dataset.inputs["x"]
    assert (entry.kind, entry.shape, entry.dtype) == ("array", (4,), "int32")
    assert dataset.targets["y"].classes == ("negative", "positive")
    # Keras shifts words by 3, begins with 1 and writes 2 for rare words; 0 fills up in front, the end is kept.
    expected = {(1, 8, 9, 10): 1, (0, 0, 1, 11): 0, (0, 1, 2, 23): 1, (7, 7, 7, 7): 0}
    read = dataset.read(dataset.parts["train"])["x"]
    assert {tuple(row): label for row, label in zip(read.tolist(), dataset.labels["y"], strict=False)} == expected


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "fashion_mnist"])
def test_the_other_images(monkeypatch, context, name):
    """Their files have fixed sizes, so that Keras' function itself is replaced."""
    import keras

    size = (28, 28) if name == "fashion_mnist" else (32, 32, 3)
    labels = np.array([[0], [1]]) if name != "fashion_mnist" else np.array([0, 1])
    images = np.zeros((2, *size), np.uint8)
    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", lambda: ((images, labels), (images, labels)))
    dataset = KerasDataset(name).open(context)
    assert dataset.inputs["image"].shape == (28, 28, 1) if len(size) == 2 else (32, 32, 3)
    assert dataset.labels["y"].tolist() == [0, 1, 0, 1]
    assert dataset.targets["y"].classes == CLASSES[name]


def test_the_names_are_complete():
    assert {name: len(classes) for name, classes in CLASSES.items()} == {
        "mnist": 10,
        "fashion_mnist": 10,
        "cifar10": 10,
        "cifar100": 100,
        "imdb": 2,
    }
    assert list(CLASSES["cifar100"]) == sorted(set(CLASSES["cifar100"]))


def test_a_failed_download_names_the_remedy(monkeypatch, context):
    import keras

    def fail(*args, **options):
        print("Downloading data from https://storage.googleapis.com/")
        raise Exception("URL fetch failure on https://...: None -- no route to host")  # as Keras does

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)
    with raises(DataError):
        KerasDataset("mnist").open(context)


def test_a_download_is_reported_on_standard_error(monkeypatch, context, capsys):
    import keras

    def load():
        print("Downloading data")
        pair = (np.zeros((2, 28, 28), np.uint8), np.array([0, 1]))
        return pair, pair

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load)
    KerasDataset("mnist").open(context)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Downloading data\n")


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"dataset": "svhn"}, "dataset"),
        ({"dataset": "mnist", "length": 10}, "length"),
        ({"dataset": "mnist", "num_words": 10}, "num_words"),
        ({"dataset": "imdb", "length": 0}, "length"),
        ({"dataset": "imdb", "num_words": 3}, "num_words"),
    ],
)
def test_arguments(arguments, argument):
    with pytest.raises(ArgumentError) as caught:
        KerasDataset(**arguments)
    assert caught.value.argument == argument
