import errno
import gc
import os
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from golden import expect_message, raises
from kpipe_callbacks import StepCallback

from kpipe.errors import TrainingError
from kpipe.train.callbacks.callback_failure import callback_failure
from kpipe.train.callbacks.hooks import Hooks

from ..test_run import trained
from .test_atomic_saves import files_of_at_most


class Writer(keras.callbacks.Callback):
    def __init__(self, error, path=None):
        super().__init__()
        self.error, self.filepath = error, path

    def on_epoch_end(self, epoch, logs=None):
        try:
            raise ValueError("a closing file")
        except ValueError:
            raise self.error from None


def failure(callback):
    try:
        keras.callbacks.CallbackList([callback]).on_epoch_end(0, {})
    except Exception as error:
        return callback_failure(error, Path("runs/1"))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied", "b.h5"),
        OSError(errno.EROFS, os.strerror(errno.EROFS)),
        OSError(errno.EIO, os.strerror(errno.EIO)),
        BlockingIOError(11, "unable to lock file"),
        OSError("Can't write data (file write failed: errno = 28)"),
        RuntimeError("Unable to close (errno = 28)"),
        tf.errors.ResourceExhaustedError(None, None, "runs/x; No space left"),
    ],
)
def test_names_the_callback_the_file_the_reason_and_the_remedy(error):
    found = failure(Writer(error, "a.csv"))
    expect_message(found)


def test_functions_of_a_lambda_callback_too():
    def full(epoch, logs):
        raise OSError(errno.ENOSPC, "No space left on device")

    expect_message(failure(keras.callbacks.LambdaCallback(on_epoch_end=full)))


@pytest.mark.parametrize("error", [ValueError("shape"), RuntimeError("Variable has been deleted")])
def test_other_errors_are_left_alone(error):
    assert failure(Writer(error)) is None


class Quiet(StepCallback):
    """Called by `Hooks` before the others of a list, and never fails."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def test_a_callback_that_was_called_before_is_not_blamed():
    def full(batch, logs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    broken = keras.callbacks.LambdaCallback(on_train_batch_end=full)
    hooks = Hooks(keras.callbacks.CallbackList([Quiet(), broken]))
    with pytest.raises(OSError) as caught:
        hooks.on_train_batch_end(0, {})
    assert callback_failure(caught.value, Path("runs/1")).startswith("the callback LambdaCallback failed: ")


def test_a_loop_over_callbacks_is_not_a_call_of_one():
    def write():
        for callback in [Quiet()]:
            callback.on_train_batch_end(0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError) as caught:
        write()
    assert callback_failure(caught.value, Path("runs/1")) is None


def test_errors_outside_of_callbacks_are_left_alone():
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError as error:
        assert callback_failure(error, Path("runs/1")) is None


@pytest.mark.slow
def test_a_run_ends_with_the_message_and_closed_files(tmp_path):
    callbacks = [{"CSVLogger": {"filename": "l.csv"}}, {"ModelCheckpoint": {"filepath": "m.keras"}}]
    with files_of_at_most(8000), raises(TrainingError):
        trained(tmp_path, callbacks=callbacks)
    # A file of another callback that is open still ends as a warning here, which is an error.
    gc.collect()
    folder = tmp_path / "run"
    assert "File too large" in (folder / "result.json").read_text()
    assert not [entry for entry in folder.iterdir() if entry.name.startswith(".")]
    assert not (folder / "m.keras").exists()
