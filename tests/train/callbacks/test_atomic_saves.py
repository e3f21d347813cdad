import contextlib
import resource

import keras
import pytest

from kpipe.train.callbacks.atomic_saves import atomic_saves

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def model(units=40):
    net = keras.Sequential([keras.Input((40,)), keras.layers.Dense(units)])
    net.compile("sgd", "mse")
    return net


@contextlib.contextmanager
def files_of_at_most(size):
    """The operating system refuses to write more into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("name", "method"), [("m.keras", "save"), ("m.weights.h5", "save_weights"), ("m.h5", "save")])
def test_an_earlier_file_stays_where_the_next_one_cannot_be_written(tmp_path, name, method):
    net, path = model(), tmp_path / name
    checkpoint = keras.callbacks.ModelCheckpoint(str(path), save_weights_only=method == "save_weights")
    checkpoint.set_model(net)
    with atomic_saves(net):
        checkpoint.on_epoch_end(0, {})
        before = path.read_bytes()
        with files_of_at_most(2000), pytest.raises(OSError, match="File too large") as caught:
            checkpoint.on_epoch_end(1, {})
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_is_saved_is_what_keras_saves(tmp_path):
    net = model()
    with atomic_saves(net):
        net.save(tmp_path / "m.keras")
        net.save_weights(str(tmp_path / "m.weights.h5"), overwrite=True)
        net.save(tmp_path / "m.keras", include_optimizer=False)
        net.save(tmp_path / "m.h5")
    assert "save" not in vars(net)
    other = model()
    other.load_weights(tmp_path / "m.weights.h5")
    for found in (other, *(keras.saving.load_model(tmp_path / name, compile=False) for name in ("m.keras", "m.h5"))):
        assert all((a == b).all() for a, b in zip(found.get_weights(), net.get_weights(), strict=True))


def test_a_folder_of_that_name_is_what_keras_says(tmp_path):
    (tmp_path / "m.keras").mkdir()
    checkpoint = keras.callbacks.ModelCheckpoint(str(tmp_path / "m.keras"))
    net = model()
    checkpoint.set_model(net)
    with atomic_saves(net), pytest.raises(OSError, match="non-directory filepath"):
        checkpoint.on_epoch_end(0, {})
