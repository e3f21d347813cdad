"""TensorFlow is started without its C++ messages, and takes GPU memory as it needs it."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator


def start_tensorflow() -> None:
    """Imports TensorFlow and Keras with nothing on the screen and lets GPU memory grow; call it before any
    other use.

    Some lines are written by C++ code before any setting for them is read, so the standard error stream
    itself is turned away during the import; if the import fails, what was held back is shown.

    Example:
        >>> start_tensorflow()
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        with _held_back():
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
            grow_gpu_memory()
    else:
        grow_gpu_memory()


def grow_gpu_memory() -> None:
    """Lets each GPU's memory be taken as needed, instead of all of it at the first use."""
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        # A program that used the GPU before has already settled how its memory is taken.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(device, True)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        screen = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)
