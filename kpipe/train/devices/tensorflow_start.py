"""TensorFlow is started without its C++ messages, and uses GPU memory as it needs it."""

from __future__ import annotations

import contextlib

from kpipe.components.quiet_import import import_keras


def start_tensorflow() -> None:
    """Import TensorFlow and Keras with nothing on the screen and let GPU memory grow; call it before any
    other use.

    Some lines are written by C++ code before any setting for them is read, so the standard error stream
    itself is turned away during the import; if the import fails, what was held back is shown.

    Example:
        >>> start_tensorflow()
    """
    import_keras()
    grow_gpu_memory()


def grow_gpu_memory() -> None:
    """Let each GPU's memory be taken as needed, instead of all of it at the first use."""
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        # A program that used the GPU before has already settled how its memory is taken.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(device, True)
