"""Starting TensorFlow without the messages of its C++ code, and with GPU memory that grows."""

from __future__ import annotations

import contextlib

from kpipe.components.quiet_import import import_keras


def start_tensorflow() -> None:
    """Import TensorFlow and Keras without output, and let GPU memory grow; call it before any other use.

    C++ code writes some messages before it reads any setting, so the standard error stream is redirected during the
    import. If the import fails, the redirected output is printed.

    Example:
        >>> start_tensorflow()
    """
    import_keras()
    grow_gpu_memory()


def grow_gpu_memory() -> None:
    """Allocate GPU memory as needed, instead of all of it at the first use."""
    import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        # The setting cannot be changed if the program has already used the GPU.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(device, True)
