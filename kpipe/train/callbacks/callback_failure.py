"""Messages for callbacks that cannot write their files."""

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

from kpipe.train.callbacks.hooks import Hooks

#: Attributes by which callbacks name what they write.
_PLACES = ("filename", "filepath", "log_dir", "backup_dir", "best_weights_path", "directory", "path")
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "make it writable"),
}
#: The descriptors of standard input, output and error are 0 to 2.
_LAST_STANDARD = 2
#: What HDF5 says in the text of a RuntimeError.
_ERRNO = re.compile(r"errno\s*=\s*(\d+)")
#: What TensorFlow makes of errors of the file system.
_TENSORFLOW_ERRNO = {
    tf.errors.ResourceExhaustedError: errno.ENOSPC,
    tf.errors.PermissionDeniedError: errno.EACCES,
    tf.errors.NotFoundError: errno.ENOENT,
}


def callback_failure(error: BaseException, folder: Path) -> str | None:
    """The message for an error of the operating system inside a callback; None for any other error.

    Args:
        error: what a training ended with.
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
    remedy = _REMEDIES.get(number or 0, "remedy this")
    return (
        f"the callback {type(callback).__name__} failed{f' at {place}' if place else ''}: {reason}; "
        f"{remedy}, and continue with --resume; what was finished is in {folder}"
    )


def _callback(error: BaseException) -> Any | None:
    """The callback whose method raised, by the innermost frame of one that the error passed."""
    found, trace = None, error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_locals
        owner = names.get("self")
        # A function that was set on the callback has no `self`; a loop over callbacks elsewhere calls none.
        called = names.get("callback") if isinstance(owner, keras.callbacks.CallbackList | Hooks) else owner
        if isinstance(called, keras.callbacks.Callback):
            found = called
        trace = trace.tb_next
    return found


def _causes(error: BaseException | None) -> Iterator[tuple[int | None, str, str | None]]:
    """Number, reason and file of an error of the operating system, the innermost chain followed."""
    while error is not None:
        if isinstance(error, OSError):
            found = _ERRNO.search(str(error))
            number = error.errno or (int(found[1]) if found else None)
            yield number, error.strerror or _words(error, number), _text(error.filename)
        elif isinstance(error, RuntimeError) and (found := _ERRNO.search(str(error))):
            yield int(found[1]), os.strerror(int(found[1])), None
        elif isinstance(error, tuple(_TENSORFLOW_ERRNO)):
            yield _TENSORFLOW_ERRNO[type(error)], str(error).partition("\n")[0], None
        error = error.__cause__ or error.__context__


def _words(error: OSError, number: int | None) -> str:
    return os.strerror(number) if number else str(error).partition("\n")[0]


def _text(filename: Any) -> str | None:
    return None if filename is None else os.fsdecode(filename) if isinstance(filename, bytes) else str(filename)


def close_files(callbacks: Iterable[Any]) -> None:
    """Closes the files that callbacks have open, after an error that keeps their own end from being called.

    What is in their buffers may not fit on the disk; that error is the one that has ended the training.

    Args:
        callbacks: of the training; streams of the process, such as standard output, stay open.

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
