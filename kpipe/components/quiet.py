"""Importing Keras without what TensorFlow's C++ start-up writes to the screen."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import Any

_LOCK = RLock()


def import_keras() -> Any:
    """Imports Keras, with nothing on the screen, and returns the module.

    TensorFlow logs to file descriptor 2 before its log level counts, so the descriptor itself points to a
    temporary file during the first import. What was written there is given back if the import fails. Later calls
    return the module at once; calls from other threads wait for the first.

    Raises:
        ImportError: Keras or TensorFlow is not installed or cannot be loaded.

    Example:
        >>> import_keras().layers.Dense(3).units
        3
    """
    with _LOCK:
        if "keras" in sys.modules:
            return import_module("keras")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with _silent_stderr():
            return import_module("keras")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Lets file descriptor 2 write to a file, and gives its text back if the body raises."""
    try:
        saved = os.dup(2)
    except OSError:  # there is no descriptor 2, hence nothing to silence
        yield
        return
    try:
        with tempfile.TemporaryFile() as captured:
            _flush()
            os.dup2(captured.fileno(), 2)
            try:
                yield
            except KeyboardInterrupt:
                _restore(saved)
                raise
            except BaseException:
                _restore(saved)
                captured.seek(0)
                os.write(2, captured.read())
                raise
            _restore(saved)
    finally:
        os.close(saved)


def _restore(saved: int) -> None:
    _flush()
    os.dup2(saved, 2)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
