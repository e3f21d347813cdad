"""Imports Keras without the output of TensorFlow's C++ start-up."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock, current_thread, main_thread
from types import FrameType
from typing import Any

_LOCK = RLock()


def import_keras() -> Any:
    """Import Keras without output and return the module.

    TensorFlow logs to file descriptor 2 before its log level counts, so the descriptor itself points to a
    temporary file during the first import. Its content is written to the descriptor if the import fails. Later calls
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
        with _silent_stderr(), _kept_interrupt(), _kept_generators(), _low_log_level():
            keras = import_module("keras")
            # The first search for GPUs prints messages, which no level suppresses where JAX is installed.
            if "tensorflow" in sys.modules:
                sys.modules["tensorflow"].config.list_physical_devices("GPU")
            return keras


@contextmanager
def _kept_interrupt() -> Iterator[None]:
    """Raise an interrupt at the end of the body if the body has lost it.

    An exception that a signal raises inside a callback of C code or a destructor is printed and dropped, and
    importing TensorFlow runs many of both.
    """
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        before(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt


@contextmanager
def _kept_generators() -> Iterator[None]:
    """Restore the generators of Python and NumPy: importing TensorFlow and Keras draws from both."""
    import random

    import numpy as np

    python, numbers = random.getstate(), np.random.get_state(legacy=False)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)


@contextmanager
def _low_log_level() -> Iterator[None]:
    """Limit TensorFlow's C++ log to errors, unless the caller has set a level; child processes inherit nothing."""
    is_set = "TF_CPP_MIN_LOG_LEVEL" in os.environ
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        yield
    finally:
        if not is_set:
            os.environ.pop("TF_CPP_MIN_LOG_LEVEL", None)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Redirect file descriptor 2 to a file, and write its content back if the body raises."""
    try:
        saved = os.dup(2)
    except OSError:  # there is no descriptor 2 to redirect
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
