"""Import of Keras without the output of TensorFlow at start."""

from __future__ import annotations

import gc
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

from kpipe.spec.paused_garbage_collection import paused_garbage_collection

_LOCK = RLock()
_owns_process = False


def own_process() -> None:
    """Declare that this process runs kpipe and no program that uses it.

    Objects that exist when Keras has been imported are then never collected as garbage: traversing those of TensorFlow
    takes a quarter of the CPU time of a short command, most of it at the end of Python.
    """
    global _owns_process
    _owns_process = True


def import_keras(*, finds_gpus: bool = True) -> Any:
    """Import Keras without output and return the module.

    TensorFlow writes to file descriptor 2 before it reads its log level, so that the descriptor is redirected to a
    temporary file during the first import. The content of the file is printed if the import fails. Later calls return
    the module immediately; calls from other threads wait for the first one.

    Args:
        finds_gpus: whether to search for GPUs, default True; a process that forks others must not do it before.

    Raises:
        ImportError: Keras or TensorFlow is not installed or cannot be loaded.

    Example:
        >>> import_keras().layers.Dense(3).units
        3
    """
    with _LOCK:
        if "keras" in sys.modules:
            return import_module("keras")
        with _silent_stderr(), _kept_interrupt(), _kept_generators(), _low_log_level(), _no_collection():
            keras = import_module("keras")
            if finds_gpus and "tensorflow" in sys.modules:
                find_gpus()
            return keras


def find_gpus() -> list[Any]:
    """Search for GPUs with TensorFlow, without output, and return them.

    The first search of a process prints messages, which no log level suppresses if JAX is installed.

    Example:
        >>> {device.device_type for device in find_gpus()} <= {"GPU"}
        True
    """
    with _silent_stderr():
        return list(import_module("tensorflow").config.list_physical_devices("GPU"))


@contextmanager
def _kept_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of the block if the block has swallowed it.

    Python prints and discards an exception that a signal handler raises inside a destructor or a callback of C code,
    both of which run often while TensorFlow is imported.
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
    """Restore the random state of Python and NumPy, which importing TensorFlow and Keras changes."""
    import random

    import numpy as np

    python, numbers = random.getstate(), np.random.get_state(legacy=False)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause garbage collection, whose traversals of objects that are imported for good take a fifth of the import.

    Afterwards they are in the oldest generation, or in none if the process is kpipe's own; the next collections would
    traverse all of them otherwise.
    """
    with paused_garbage_collection():
        yield
        if _owns_process:
            gc.freeze()
        elif not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()


@contextmanager
def _low_log_level() -> Iterator[None]:
    """Limit TensorFlow's C++ log to errors, unless the caller has set a level; child processes do not inherit this."""
    is_set = "TF_CPP_MIN_LOG_LEVEL" in os.environ
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        yield
    finally:
        if not is_set:
            os.environ.pop("TF_CPP_MIN_LOG_LEVEL", None)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Redirect file descriptor 2 to a file, and print its content if the block raises an exception."""
    try:
        saved = os.dup(2)
    except OSError:  # file descriptor 2 is closed
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
