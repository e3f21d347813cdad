import errno
import gc
import os
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from golden import raises

from kpipe.errors import TrainingError
from kpipe.train.callbacks.callback_failure import callback_failure

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
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "a.csv: No space left on device; make room,"),
        (PermissionError(errno.EACCES, "Permission denied", "b.h5"), "b.h5: Permission denied; make it writable,"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), "a.csv: Read-only file system; make it writable,"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "a.csv: Input/output error; remedy this,"),
        (BlockingIOError(11, "unable to lock file"), "a.csv: unable to lock file; remedy this,"),
        (OSError("Can't write data (file write failed: errno = 28)"), "a.csv: No space left on device; make room,"),
        (RuntimeError("Unable to close (errno = 28)"), "a.csv: No space left on device; make room,"),
        (tf.errors.ResourceExhaustedError(None, None, "runs/x; No space left"), "No space left; make room,"),
    ],
)
def test_names_the_callback_the_file_the_reason_and_the_remedy(error, message):
    found = failure(Writer(error, "a.csv"))
    assert found.startswith("the callback Writer failed at ")
    assert message in found
    assert found.endswith("and continue with --resume; what was finished is in runs/1")


def test_functions_of_a_lambda_callback_too():
    def full(epoch, logs):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert "the callback LambdaCallback failed: No space" in failure(keras.callbacks.LambdaCallback(on_epoch_end=full))


@pytest.mark.parametrize("error", [ValueError("shape"), RuntimeError("Variable has been deleted")])
def test_other_errors_are_left_alone(error):
    assert failure(Writer(error)) is None


def test_errors_outside_of_callbacks_are_left_alone():
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError as error:
        assert callback_failure(error, Path("runs/1")) is None


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
