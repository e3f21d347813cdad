"""Messages about callbacks that cannot write their files."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from kpipe.messages.call_argument import call_argument
from kpipe.train.callbacks.hooks import Hooks

#: Attributes that contain the paths to which callbacks write.
_PLACES = ("filename", "filepath", "log_dir", "backup_dir", "best_weights_path", "directory", "path")
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "free disk space"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "make it writable"),
}
#: Standard input, output and error have the file descriptors 0 to 2.
_LAST_STANDARD = 2
#: The error number in the message of HDF5's RuntimeError.
_ERRNO = re.compile(r"errno\s*=\s*(\d+)")
#: The error numbers of the exceptions into which TensorFlow converts errors of the file system.
_TENSORFLOW_ERRNO = {
    tf.errors.ResourceExhaustedError: errno.ENOSPC,
    tf.errors.PermissionDeniedError: errno.EACCES,
    tf.errors.NotFoundError: errno.ENOENT,
}


def callback_failure(error: BaseException, folder: Path) -> str | None:
    """Return the message about an operating system error in a callback; None for any other error.

    Args:
        error: the error that ended the training.
        folder: the run folder.

    Example:
        >>> callback_failure(OSError(28, "No space left on device"), Path("runs/1")) is None
        True
    """
    callback = _callback(error)
    cause = next(_causes(error), None)
    if callback is None or cause is None:
        return None
    number, reason, file = cause
    place = file or next((str(getattr(callback, name)) for name in _PLACES if getattr(callback, name, None)), "")
    remedy = _REMEDIES.get(number or 0, "fix the cause")
    return (
        f"the callback {type(callback).__name__} failed{f' at {place}' if place else ''}: {reason}; "
        f"{remedy}, and continue with {call_argument('resume')}; the finished epochs are saved in {folder}"
    )


def _callback(error: BaseException) -> Any | None:
    """Return the callback whose method raised an error, by the innermost frame of a callback."""
    found, trace = None, error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_locals
        owner = names.get("self")
        # A function that is set on a callback has no `self`; other loops over callbacks do not call them.
        called = names.get("callback") if isinstance(owner, keras.callbacks.CallbackList | Hooks) else owner
        if isinstance(called, keras.callbacks.Callback):
            found = called
        trace = trace.tb_next
    return found


def _causes(error: BaseException | None) -> Iterator[tuple[int | None, str, str | None]]:
    """Yield the number, reason and file of each operating system error in the chain of an error."""
    while error is not None:
        if isinstance(error, OSError):
            found = _ERRNO.search(str(error))
            number = error.errno or (int(found[1]) if found else None)
            yield number, error.strerror or _error_text(error, number), _text(error.filename)
        elif isinstance(error, RuntimeError) and (found := _ERRNO.search(str(error))):
            yield int(found[1]), os.strerror(int(found[1])), None
        elif isinstance(error, tuple(_TENSORFLOW_ERRNO)):
            yield _TENSORFLOW_ERRNO[type(error)], str(error).partition("\n")[0], None
        error = error.__cause__ or error.__context__


def _error_text(error: OSError, number: int | None) -> str:
    return os.strerror(number) if number else str(error).partition("\n")[0]


def _text(filename: Any) -> str | None:
    return None if filename is None else os.fsdecode(filename) if isinstance(filename, bytes) else str(filename)


def close_files(callbacks: Iterable[Any]) -> None:
    """Close the files that callbacks have opened, after an error that prevents `on_train_end`.

    Errors while closing are ignored: on a full disk they have the same cause as the error that ended the training.

    Args:
        callbacks: the callbacks of the training; streams such as standard output remain open.

    Example:
        >>> import tempfile
        >>> callback = keras.callbacks.Callback()
        >>> callback.file = tempfile.TemporaryFile()
        >>> close_files([callback])
        >>> callback.file.closed
        True
    """
    for value in [value for callback in callbacks for value in vars(callback).values()]:
        if isinstance(value, io.IOBase):
            with contextlib.suppress(OSError, ValueError):
                if value.fileno() > _LAST_STANDARD:
                    value.close()
